using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// The fields of a request's body. The first field that is missing or wrong becomes the <see cref="Fault"/>, and its getter returns a
/// default: a handler reads all its fields and does not check. What the getters return does not keep the line's memory. Whether a node
/// of some name exists is checked when the request has its turn (<see cref="NodeNames"/>).
/// </summary>
internal sealed class BodyFields(int shardCount)
{
    // Requests have up to eight fields.
    private readonly List<JsonMember> _members = new(16);

    /// <summary>What is wrong with the body, or null: names the field, what came and what was expected.</summary>
    internal string? Fault { get; private set; }

    /// <summary>Reads the object that <paramref name="body"/> is in. Its memory must not change before the last getter returns.</summary>
    internal void Open(ref JsonObjectReader body)
    {
        _members.Clear();
        Fault = null;
        while (body.Read(out JsonMember member))
            _members.Add(member);
    }

    /// <summary>Whether the body is a reply. The gateway has asked nobody, so replies are ignored.</summary>
    internal bool IsReply => IsGiven("in_reply_to"u8);

    /// <summary>The <c>msg_id</c>, null if there is none; false if it is not a 64-bit integer.</summary>
    internal bool TryMessageId(out long? id)
    {
        id = null;
        if (!TryFind("msg_id"u8, out JsonMember member))
            return true;

        bool good = member.TryValue(out JsonText text, out _) & text.TryReadInt64(out long number);
        id = number;
        return good;
    }

    /// <summary>The type; default with a fault if there is none. Shares the body's memory.</summary>
    internal JsonText Type() => Of("type"u8, JsonKind.String, "a string");

    /// <summary>A value of any kind.</summary>
    internal JsonText Value(ReadOnlySpan<byte> name) => Of(name, kind: null, "any JSON value").ToOwned();

    internal JsonText Object(ReadOnlySpan<byte> name) => Of(name, JsonKind.Object, "an object").ToOwned();
    internal JsonText OptionalObject(ReadOnlySpan<byte> name) => IsGiven(name) ? Object(name) : default;

    /// <summary>A string that is not empty.</summary>
    internal string Text(ReadOnlySpan<byte> name)
    {
        const string Expected = "a string that is not empty";
        Of(name, JsonKind.String, Expected).TryReadString(out string content);
        if (content.Length == 0)
            Fail(FieldTexts.Wrong(name, "\"\""u8, Expected));

        return content;
    }

    internal string? OptionalText(ReadOnlySpan<byte> name) => IsGiven(name) ? Text(name) : null;

    /// <summary>True or false; false if not given.</summary>
    internal bool OptionalBoolean(ReadOnlySpan<byte> name) =>
        IsGiven(name) && Of(name, JsonKind.Boolean, "true or false").Span.SequenceEqual("true"u8);

    /// <summary>An array of at least one string, all different, none empty.</summary>
    internal ImmutableArray<string> Names(ReadOnlySpan<byte> name)
    {
        const string Expected = "an array of at least one name, all different, none empty";
        JsonText text = Of(name, JsonKind.Array, Expected);
        var names = ImmutableArray.CreateBuilder<string>();
        if (text.Kind != JsonKind.Array || !TryReadNames(text, names))
            Fail(FieldTexts.Wrong(name, text.Span, Expected));

        return names.DrainToImmutable();
    }

    /// <summary>An integer from 0 to <paramref name="max"/>.</summary>
    internal long Integer(ReadOnlySpan<byte> name, long max)
    {
        bool isGiven = TryFind(name, out JsonMember member);
        if (isGiven && Checked(name, member).TryReadInt64(out long number) && number >= 0 && number <= max)
            return number;

        FailOn(name, member, FieldTexts.IntegerUpTo(max));
        return 0;
    }

    internal long? OptionalInteger(ReadOnlySpan<byte> name, long max) => IsGiven(name) ? Integer(name, max) : null;
    internal ShardId Shard() => new((int)Integer("shard"u8, shardCount - 1));
    internal ShardId? OptionalShard() => IsGiven("shard"u8) ? Shard() : null;
    internal GroupId Group(ReadOnlySpan<byte> name) => new(Text(name));
    internal GroupId? OptionalGroup(ReadOnlySpan<byte> name) => IsGiven(name) ? Group(name) : null;
    internal ImmutableArray<GroupId> Groups(ReadOnlySpan<byte> name) => [.. Names(name).Select(static group => new GroupId(group))];
    internal MasterName Master(ReadOnlySpan<byte> name) => new(Text(name));
    internal Epoch? OptionalEpoch(ReadOnlySpan<byte> name) =>
        OptionalInteger(name, long.MaxValue) is { } number ? new Epoch((ulong)number) : null;

    /// <summary>Sets the fault, unless there is one.</summary>
    internal void Fail(string fault) => Fault ??= fault;

    private bool TryFind(ReadOnlySpan<byte> name, out JsonMember member)
    {
        foreach (ref readonly JsonMember candidate in CollectionsMarshal.AsSpan(_members))
        {
            if (candidate.NameIs(name))
            {
                member = candidate;
                return true;
            }
        }

        member = default;
        return false;
    }

    // Many clients write null for an optional field that they leave out.
    private bool IsGiven(ReadOnlySpan<byte> name) => TryFind(name, out JsonMember member) && !member.RawValue.Span.SequenceEqual("null"u8);

    /// <summary>A value of one kind, or of any, sharing the body's memory.</summary>
    private JsonText Of(ReadOnlySpan<byte> name, JsonKind? kind, string expected)
    {
        if (TryFind(name, out JsonMember member) && Checked(name, member) is var text && (kind ?? text.Kind) == text.Kind)
            return text;

        FailOn(name, member, expected);
        return default;
    }

    private JsonText Checked(ReadOnlySpan<byte> name, in JsonMember member)
    {
        if (!member.TryValue(out JsonText text, out string error))
            Fail(FieldTexts.TooDeep(name, error));

        return text;
    }

    /// <summary>Fails on a field that is missing (a default member) or wrong.</summary>
    private void FailOn(ReadOnlySpan<byte> name, in JsonMember member, string expected) => Fail(
        member.RawValue.IsEmpty ? FieldTexts.Missing(name, expected) : FieldTexts.Wrong(name, member.RawValue.Span, expected));

    // JsonText has no reader of arrays, which only a few rare requests have.
    private static bool TryReadNames(JsonText array, ImmutableArray<string>.Builder names)
    {
        var reader = new Utf8JsonReader(array.Span, new JsonReaderOptions { MaxDepth = JsonLimits.DepthMax + 1 });
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var text = array.Utf8[(int)reader.TokenStartIndex..(int)reader.BytesConsumed];
            bool isString = JsonText.TryWrap(text, out JsonText element, out _) & element.TryReadString(out string name);
            if (!isString || name.Length == 0 || names.Contains(name))
                return false;

            names.Add(name);
        }

        return names.Count > 0;
    }
}
