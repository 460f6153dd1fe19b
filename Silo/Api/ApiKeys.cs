using System.Security.Cryptography;
using System.Text;
using OrleansShards.CommandLine;

namespace OrleansShards.Silo.Api;

/// <summary>What a key may do; each role may do what those before it may.</summary>
internal enum KeyRole
{
    /// <summary>Read keys.</summary>
    Read = 1,

    /// <summary>Write keys.</summary>
    Write = 2,

    /// <summary>Actions.</summary>
    Admin = 3,
}

/// <summary>
/// The bearer keys of the API: a line <c>NAME ROLE KEY</c> each, lines with # and empty ones aside. Only hashes are kept, so that no dump
/// and no log has a key.
/// </summary>
internal sealed class ApiKeys
{
    // 128 bits as hex or base 64; what people think up is shorter.
    private const int KeyCharsMin = 20;

    private readonly IReadOnlyList<Key> _keys;

    private ApiKeys(IReadOnlyList<Key> keys) => _keys = keys;

    internal sealed record Key(string Name, KeyRole Role, byte[] Hash);

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is not as expected; the text names the line, and never what it has.</exception>
    internal static ApiKeys Load(string path)
    {
        List<Key> keys = [];
        foreach ((int index, string line) in File.ReadLines(path).Index())
        {
            string[] words = line.Replace('\t', ' ').Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
                continue;

            keys.Add(Parse(words, $"line {index + 1} of {path}", keys));
        }

        return keys.Count > 0 ? new ApiKeys(keys) : throw new FormatException($"{path} has no key; expected lines NAME ROLE KEY");
    }

    /// <summary>The key that was presented; null if it is none of these. Takes as long for any text of a length.</summary>
    internal Key? Find(string presented)
    {
        byte[] hash = Hash(presented);
        Key? found = null;
        foreach (Key key in _keys)
        {
            if (CryptographicOperations.FixedTimeEquals(key.Hash, hash))
                found = key;
        }

        return found;
    }

    private static Key Parse(string[] words, string where, List<Key> before)
    {
        if (words.Length != 3)
            throw new FormatException($"{where} has {words.Length} words; expected NAME ROLE KEY");

        (string name, string role, string key) = (words[0], words[1], words[2]);
        try
        {
            Values.Name(name);
        }
        catch (FormatException wrong)
        {
            throw new FormatException($"{where}: the name is wrong; {wrong.Message}");
        }

        KeyRole known = role switch
        {
            "read" => KeyRole.Read,
            "write" => KeyRole.Write,
            "admin" => KeyRole.Admin,
            _ => throw new FormatException($"{where}: the role of {name} is wrong; expected read, write or admin"),
        };
        return key.Length < KeyCharsMin
                ? throw new FormatException(
                    $"{where}: the key of {name} has {key.Length} characters; expected {KeyCharsMin} or more: openssl rand -hex 32")
            : before.Any(other => other.Name == name) ? throw new FormatException($"{where}: {name} has a key already")
            : new Key(name, known, Hash(key));
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
