using System.Security.Cryptography;
using System.Text;
using OrleansShards.CommandLine;
using OrleansShards.Grains.Diagnostics;
using OrleansShards.Silo.Cli;

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
    private readonly byte[] _content;

    private ApiKeys(IReadOnlyList<Key> keys, byte[] content) => (_keys, _content) = (keys, content);

    /// <summary>The keys' names and roles, to show.</summary>
    internal string Names => string.Join(", ", _keys.Select(static key => $"{key.Name} ({WordOf(key.Role)})"));

    internal sealed record Key(string Name, KeyRole Role, byte[] Hash);

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is not as expected; the text names the line, and never what it has.</exception>
    internal static ApiKeys Load(string path)
    {
        string text = File.ReadAllText(path);
        List<Key> keys = [];
        foreach ((int index, string line) in text.Split('\n').Index())
        {
            string[] words = line.Replace('\t', ' ').TrimEnd('\r').Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
                continue;

            keys.Add(Parse(words, $"line {index + 1} of {path}", keys));
        }

        return keys.Count > 0
            ? new ApiKeys(keys, Hash(text))
            : throw new FormatException($"{path} has no key; expected lines NAME ROLE KEY");
    }

    /// <summary>Whether both were read from the same text.</summary>
    internal bool IsAs(ApiKeys other) => _content.AsSpan().SequenceEqual(other._content);

    /// <summary>A role as it stands in the file.</summary>
    internal static string WordOf(KeyRole role) => role switch
    {
        KeyRole.Read => "read",
        KeyRole.Write => "write",
        KeyRole.Admin => "admin",
    };

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

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}

/// <summary>
/// The keys of <c>--api-key-file</c>, as they are now. The file is read every second, whether it looks changed or not: where it is one of a
/// secret that is mounted, a link before it changes. A file that is wrong changes nothing.
/// </summary>
internal sealed partial class ApiKeyFile(SiloSettings settings, TimeProvider clock, ILogger<ApiKeyFile> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private volatile ApiKeys? _keys = settings.ApiKeys;
    private string? _wrong;

    /// <summary>Null without a file: then actions and keys are open to this machine only.</summary>
    internal ApiKeys? Keys => _keys;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.ApiKeyFile is not { } file)
            return;

        using PeriodicTimer looks = new(Interval, clock);
        try
        {
            while (await looks.WaitForNextTickAsync(stoppingToken))
                Read(file);
        }
        catch (OperationCanceledException)
        {
            // The silo has stopped.
        }
    }

    private void Read(string file)
    {
        try
        {
            ApiKeys read = ApiKeys.Load(file);
            if (_wrong is not null || !read.IsAs(_keys!))
                LogRead(file, read.Names);

            (_keys, _wrong) = (read, null);
        }
        catch (Exception failure) when (failure is FormatException or IOException or UnauthorizedAccessException)
        {
            if (_wrong != failure.Message)
                LogKept(_wrong = failure.Message);
        }
    }

    [LoggerMessage(LogEvents.ApiKeysRead, LogLevel.Information, "{File} has been read again; the API's keys are {Keys}")]
    private partial void LogRead(string file, string keys);

    [LoggerMessage(LogEvents.ApiKeysKept, LogLevel.Error, "--api-key-file is wrong, and the API's keys stay as they were: {Reason}")]
    private partial void LogKept(string reason);
}
