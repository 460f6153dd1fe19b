using System.Security.Cryptography;
using System.Text;

namespace OrleansShards.Storage.Directory;

/// <summary>
/// Encodes a log's name as a folder's: lower-case letters, digits, <c>-</c>, <c>_</c> and any but a leading dot are kept, every other byte
/// of its UTF-8 becomes <c>%</c> and two hexadecimal digits: <c>shard%2fg1%2f7</c>. So no file system can fold, trim or normalize the name:
/// capitals and non-ASCII characters are encoded. A name that would be too long is cut and continues with <c>~</c> and its SHA-256; the
/// folder's file <see cref="FullNameFile"/> has the full name.
/// </summary>
internal static class LogFolderName
{
    /// <summary>The file that has the full name in UTF-8, if the folder's was cut.</summary>
    internal const string FullNameFile = "name";

    // Common file systems allow 255 bytes, some that encrypt names 143.
    private const int LengthMax = 140;
    private const int HashLength = 32;
    private const char CutMark = '~';
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static string Encode(LogName log)
    {
        var name = Utf8.GetBytes(log.Value);
        StringBuilder encoded = new();
        foreach (var value in name)
        {
            _ = (char)value switch
            {
                (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_' => encoded.Append((char)value),
                '.' when encoded.Length > 0 => encoded.Append('.'),
                _ => encoded.Append(CultureInfo.InvariantCulture, $"%{value:x2}"),
            };
        }

        return encoded.Length <= LengthMax ? encoded.ToString() : Cut(encoded.ToString(), name);
    }

    internal static bool IsCut(string folder) => folder.Contains(CutMark, StringComparison.Ordinal);

    /// <summary>
    /// The log's name, or null if the folder's is none that <see cref="Encode"/> writes. If the name was cut,
    /// <paramref name="fullName"/> reads <see cref="FullNameFile"/>.
    /// </summary>
    internal static LogName? Decode(string folder, Func<byte[]> fullName)
    {
        try
        {
            LogName log = new(IsCut(folder) ? Utf8.GetString(fullName()) : Uri.UnescapeDataString(folder));
            return log.Value.Length > 0 && Encode(log) == folder ? log : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The content of <see cref="FullNameFile"/>.</summary>
    internal static byte[] FullName(LogName log) => Utf8.GetBytes(log.Value);

    private static string Cut(string encoded, byte[] name)
    {
        var length = LengthMax - HashLength - 1;
        var lastEscape = encoded.LastIndexOf('%', length - 1, 2);
        var hash = Convert.ToHexStringLower(SHA256.HashData(name))[..HashLength];
        return $"{encoded[..(lastEscape < 0 ? length : lastEscape)]}{CutMark}{hash}";
    }
}
