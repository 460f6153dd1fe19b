using System.Globalization;
using System.Text;

namespace OrleansShards.Grains.Storage;

/// <summary>Under which grain's key each part of a log is kept. Persisted: never changed.</summary>
/// <param name="prefix">Tells several stores of one provider apart. Of small letters and digits; often empty.</param>
/// <remarks>
/// Providers differ in what they take for a key, and some read keys that look like numbers or GUIDs as such, replace
/// characters, or ignore case. So all is in the key, in small letters, digits, '.', '-' and '_' only, and no two logs'
/// keys are ever alike.
/// </remarks>
internal sealed class StateKeys(string prefix)
{
    /// <summary>The name of the state, for providers that keep states by name.</summary>
    internal const string StateName = "orleansshards";

    private static readonly GrainType Type = GrainType.Create("orleansshards-log");

    /// <summary>The names of all logs.</summary>
    internal GrainId Directory => Make("_logs");

    /// <summary>A key that nobody has used or will use.</summary>
    internal GrainId Probe(Guid race, int record) => Make(string.Create(CultureInfo.InvariantCulture, $"_probe_{race:N}_{record}"));

    internal GrainId Head(LogName log) => Make($"{Escape(log.Value)}_head");

    internal GrainId Record(LogName log, ulong index) =>
        Make(string.Create(CultureInfo.InvariantCulture, $"{Escape(log.Value)}_record_{index:D19}"));

    internal GrainId Chunk(LogName log, CheckpointId checkpoint, int number) => Make(string.Create(
        CultureInfo.InvariantCulture,
        $"{Escape(log.Value)}_chunk_{checkpoint.Index.Value:D19}_{checkpoint.Term.Value}_{number}"));

    private GrainId Make(string key) => GrainId.Create(Type, prefix + key);

    /// <summary>
    /// '/' becomes '-'; what is no small letter, digit or '.' becomes '_' and two hexadecimal digits for each byte. What
    /// follows the log's name in a key begins with '_' and no such digit.
    /// </summary>
    private static string Escape(string log)
    {
        StringBuilder escaped = new(log.Length);
        foreach (byte unit in Encoding.UTF8.GetBytes(log))
        {
            _ = (char)unit switch
            {
                '/' => escaped.Append('-'),
                (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' => escaped.Append((char)unit),
                _ => escaped.Append('_').Append(unit.ToString("x2", CultureInfo.InvariantCulture)),
            };
        }

        return escaped.ToString();
    }
}
