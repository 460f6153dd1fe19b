using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrleansShards.Tests.MaelstromGateway.Fuzzing;

/// <summary>Makes bad lines, and a few good ones, of good ones: by their structure, by their bytes, or both.</summary>
/// <param name="random">All randomness.</param>
/// <param name="lines">The good lines.</param>
internal sealed class LineMutator(Random random, IReadOnlyList<string> lines)
{
    private static readonly JsonSerializerOptions Compact = new() { WriteIndented = false, MaxDepth = 512 };

    private const string Tokens = "{}[]\",:\\0e-. \u0001";

    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "3", "1.0", "1e2", "1e400", "-0", "99999999999999999999999999", "\"\"", "\"g1\"",
            "\"n2\"",
        "\"LONE SURROGATE\"", "\"\\u0000\"", "[]", "{}", "[[[[1]]]]", "{\"data\":{}}",
            "{\"data\":{\"a\":1},\"sessions\":{}}",
        "[\"n1\",\"n2\"]", "\"read\"", "\"init\"", "\"prepare_migration\"", "\"é\"",
    ];

    /// <summary>The next line, without a line feed in it.</summary>
    internal byte[] Next()
    {
        string line = lines[random.Next(lines.Count)];
        string changed = random.Next(4) == 0 ? line : WithStructure(line);
        byte[] bytes = Encoding.UTF8.GetBytes(changed);
        for (int changes = random.Next(3) == 0 ? random.Next(1, 5) : 0; changes > 0; changes--)
            bytes = WithBytes(bytes);

        return Array.FindAll(bytes, static value => value != (byte)'\n');
    }

    private string WithStructure(string line)
    {
        // What .NET's writer cannot write is put in afterwards.
        if (line.Contains("\\ud800", StringComparison.Ordinal)
            || JsonNode.Parse(line,
                documentOptions: new JsonDocumentOptions { MaxDepth = 512 }) is not JsonObject message)
        {
            return line;
        }

        // Many sources, so that one that is stuck does not hold the others up.
        message["src"] = $"c{random.Next(500)}";
        JsonObject target = message["body"] is JsonObject body && random.Next(5) > 0 ? body : message;
        for (int changes = random.Next(3); changes > 0 && target.Count > 0; changes--)
            Change(target);

        string text = message.ToJsonString(Compact).Replace("LONE SURROGATE", "\\ud800", StringComparison.Ordinal);
        return random.Next(20) == 0 ? text.Replace("{", "{\"key\":1,", StringComparison.Ordinal) : text;
    }

    private void Change(JsonObject target)
    {
        string name = target.ElementAt(random.Next(target.Count)).Key;
        JsonNode? value = JsonNode.Parse(Values[random.Next(Values.Length)]);
        switch (random.Next(5))
        {
            case 0:
                target.Remove(name);
                break;
            case 1:
                target["extra"] = value;
                break;
            case 2:
                target["shard"] = random.Next(-1, 18);
                break;
            default:
                target[name] = value;
                break;
        }
    }

    private byte[] WithBytes(byte[] bytes)
    {
        if (bytes.Length == 0)
            return bytes;

        int at = random.Next(bytes.Length);
        int length = random.Next(1, Math.Min(20, bytes.Length - at) + 1);
        switch (random.Next(5))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 1:
                return [.. bytes[..at], (byte)Tokens[random.Next(Tokens.Length)], .. bytes[at..]];
            case 2:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 3:
                return [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]];
            default:
                return bytes[..at];
        }
    }
}
