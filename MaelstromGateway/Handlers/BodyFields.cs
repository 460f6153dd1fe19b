using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace OrleansShards.MaelstromGateway.Handlers;

/// <summary>
/// The members of a request's body while it is read. What is wrong with a field is kept as the body's
/// <see cref="Fault"/>, the first one found, and the getters answer something harmless then: a handler reads all it
/// wants and need not look. What the getters answer is the caller's own: the line's memory is not kept.
/// </summary>
/// <param name="shardCount">How many shards there are.</param>
internal sealed class BodyFields(int shardCount)
{
    // Requests have up to eight fields; what a line has beyond that is unknown, or its sender's mistake.
    private readonly List<JsonMember> _members = new(16);

    /// <summary>How many shards there are.</summary>
    internal int ShardCount => shardCount;

    /// <summary>What is wrong with the body, or null. Names the field, what came and what was expected.</summary>
    internal string? Fault { get; private set; }

    /// <summary>Begins with another body, the object that <paramref name="body"/> is in. It must stay as it is until the
    /// last getter has answered.</summary>
    internal void Open(ref JsonObjectReader body)
    {
        _members.Clear();
        Fault = null;
        while (body.Read(out JsonMember member))
            _members.Add(member);
    }

    /// <summary>Whether the body answers something: nothing was asked, so that belongs to nobody.</summary>
    internal bool IsReply => IsGiven("in_reply_to"u8);

    /// <summary>The <c>msg_id</c>, null where none came; false where it is no integer that can be answered
    /// to.</summary>
    internal bool TryMessageId(out long? id)
    {
        id = null;
        if (!TryFind("msg_id"u8, out JsonMember member))
            return true;

        bool good = member.TryValue(out JsonText text, out _) & text.TryReadInt64(out long number);
        id = number;
        return good;
    }

    /// <summary>The type, sharing the body's memory; default with a fault where there is none.</summary>
    internal JsonText Type() => Of("type"u8, JsonKind.String, "a string");

    /// <summary>A value of any kind.</summary>
    internal JsonText Value(ReadOnlySpan<byte> name)
    {
        if (!TryFind(name, out JsonMember member))
        {
            Fail(FieldTexts.Missing(name, "any JSON value"));
            return default;
        }

        return Checked(name, member).ToOwned();
    }

    /// <summary>An object.</summary>
    internal JsonText Object(ReadOnlySpan<byte> name) => Of(name, JsonKind.Object, "an object");

    /// <summary>An object; default where there is none, or null.</summary>
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

    /// <summary>A string that is not empty; null where there is none.</summary>
    internal string? OptionalText(ReadOnlySpan<byte> name) => IsGiven(name) ? Text(name) : null;

    /// <summary>True or false; false where there is none.</summary>
    internal bool OptionalBoolean(ReadOnlySpan<byte> name) =>
        IsGiven(name) && Of(name, JsonKind.Boolean, "true or false").Span.SequenceEqual("true"u8);

    /// <summary>An array of strings, not empty, each one there only once and not empty either.</summary>
    internal ImmutableArray<string> Names(ReadOnlySpan<byte> name)
    {
        const string Expected = "an array of at least one name, all different, none empty";
        JsonText text = Of(name, JsonKind.Array, Expected);
        var names = ImmutableArray.CreateBuilder<string>();
        bool good = text.Kind == JsonKind.Array && NameList.TryRead(text, names);
        if (!good)
            Fail(FieldTexts.Wrong(name, text.Span, Expected));

        return names.DrainToImmutable();
    }

    /// <summary>An integer from 0 to <paramref name="max"/>.</summary>
    internal long Integer(ReadOnlySpan<byte> name, long max)
    {
        if (!TryFind(name, out JsonMember member))
        {
            Fail(FieldTexts.Missing(name, FieldTexts.IntegerUpTo(max)));
            return 0;
        }

        if (Checked(name, member).TryReadInt64(out long number) && number >= 0 && number <= max)
            return number;

        Fail(FieldTexts.Wrong(name, member.RawValue.Span, FieldTexts.IntegerUpTo(max)));
        return 0;
    }

    /// <summary>An integer from 0 to <paramref name="max"/>; null where there is none.</summary>
    internal long? OptionalInteger(ReadOnlySpan<byte> name, long max) => IsGiven(name) ? Integer(name, max) : null;

    /// <summary>A shard's number.</summary>
    internal ShardId Shard() => new((int)Integer("shard"u8, shardCount - 1));

    /// <summary>A shard's number; null where there is none.</summary>
    internal ShardId? OptionalShard() => IsGiven("shard"u8) ? Shard() : null;

    /// <summary>Keeps what is wrong, unless something was before.</summary>
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

    // Null is as good as nothing for what may be left out: many clients write it so.
    private bool IsGiven(ReadOnlySpan<byte> name) =>
        TryFind(name, out JsonMember member) && !member.RawValue.Span.SequenceEqual("null"u8);

    private JsonText Of(ReadOnlySpan<byte> name, JsonKind kind, string expected)
    {
        if (!TryFind(name, out JsonMember member))
        {
            Fail(FieldTexts.Missing(name, expected));
            return default;
        }

        JsonText text = Checked(name, member);
        if (text.Kind == kind)
            return kind == JsonKind.Object ? text.ToOwned() : text;

        Fail(FieldTexts.Wrong(name, member.RawValue.Span, expected));
        return default;
    }

    private JsonText Checked(ReadOnlySpan<byte> name, in JsonMember member)
    {
        if (!member.TryValue(out JsonText text, out string error))
            Fail(FieldTexts.TooDeep(name, error));

        return text;
    }
}
