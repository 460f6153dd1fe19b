using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using OrleansShards.Client.Errors;
using OrleansShards.Core;

namespace OrleansShards.Silo.Api;

/// <summary>
/// The arguments of an action: the members of the body's object. The first that is missing, wrong or unknown is the <see cref="Fault"/>, in
/// the words of the gateway, and its getter returns a default: an action reads all its arguments and does not check.
/// </summary>
internal sealed class ActionFields
{
    private const string ObjectExpected = "expected a JSON object with the action's arguments";

    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly int _shardCount;

    private ActionFields(int shardCount) => _shardCount = shardCount;

    internal string? Fault { get; private set; }

    /// <summary>Everything that was given, for the audit.</summary>
    internal string Given { get; private init; } = "";

    /// <summary>Reads a body; an empty one has no arguments.</summary>
    internal static ActionFields Read(ReadOnlyMemory<byte> body, int shardCount)
    {
        ActionFields fields = new(shardCount) { Given = FieldTexts.Excerpt(body.Span) };
        if (body.Span.Trim(" \r\n\t"u8).IsEmpty)
            return fields;

        try
        {
            using JsonDocument document = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                fields.Fail($"the body is {FieldTexts.Excerpt(body.Span)}; {ObjectExpected}");
                return fields;
            }

            foreach (JsonProperty member in document.RootElement.EnumerateObject())
                fields._members[member.Name] = member.Value.Clone();
        }
        catch (JsonException wrong)
        {
            fields.Fail($"the body is no JSON ({wrong.Message}); {ObjectExpected}");
        }

        return fields;
    }

    internal ShardId Shard()
    {
        string expected = FieldTexts.IntegerUpTo(_shardCount - 1);
        return Find("shard", expected) is not { } element ? default
            : element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number >= 0 && number < _shardCount
                ? new ShardId(number)
                : Wrong<ShardId>("shard", element, expected);
    }

    internal GroupId Group(string name) => new(Text(name) ?? "");

    internal ImmutableArray<GroupId> Groups(string name)
    {
        const string Expected = "an array of at least one name, all different, none empty";
        if (Find(name, Expected) is not { } element)
            return [];

        string?[] names = element.ValueKind == JsonValueKind.Array
            ? [.. element.EnumerateArray().Select(static one => one.ValueKind == JsonValueKind.String ? one.GetString() : null)]
            : [];
        return names.Length > 0 && names.All(static one => !string.IsNullOrEmpty(one)) && names.Distinct().Count() == names.Length
            ? [.. names.Select(static one => new GroupId(one!))]
            : Wrong<ImmutableArray<GroupId>>(name, element, Expected);
    }

    internal MasterName? OptionalMaster(string name)
    {
        _known.Add(name);
        return _members.TryGetValue(name, out JsonElement given) && given.ValueKind != JsonValueKind.Null
            && Text(name) is { Length: > 0 } text ? new MasterName(text) : null;
    }

    /// <summary>Sets the fault if an argument was given that nobody has read.</summary>
    internal void RefuseOthers()
    {
        if (_members.Keys.FirstOrDefault(name => !_known.Contains(name)) is { } other)
        {
            string known = _known.Count == 0 ? "no arguments" : string.Join(", ", _known.Order(StringComparer.Ordinal));
            Fail($"the field \"{FieldTexts.Excerpt(Encoding.UTF8.GetBytes(other))}\" is not known; expected {known}");
        }
    }

    private string? Text(string name)
    {
        const string Expected = "a string that is not empty";
        return Find(name, Expected) is not { } element ? null
            : element.ValueKind == JsonValueKind.String && element.GetString() is { Length: > 0 } text ? text
            : Wrong<string>(name, element, Expected);
    }

    private JsonElement? Find(string name, string expected)
    {
        _known.Add(name);
        if (_members.TryGetValue(name, out JsonElement element))
            return element;

        Fail(FieldTexts.Missing(Encoding.UTF8.GetBytes(name), expected));
        return null;
    }

    private T? Wrong<T>(string name, JsonElement element, string expected)
    {
        Fail(FieldTexts.Wrong(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(element.GetRawText()), expected));
        return default;
    }

    private void Fail(string fault) => Fault ??= fault;
}
