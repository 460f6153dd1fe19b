using System.Globalization;
using System.Text;

namespace OrleansShards.Grains.Storage;

/// <summary>
/// The grain keys under which the parts of a log are stored. Persisted: never change them. Providers accept different keys, and some parse
/// keys that look like numbers or GUIDs, replace characters, or ignore case. So the key contains everything, in small letters, digits, '.',
/// '-' and '_' only, and no two logs have equal keys. A prefix of small letters and digits distinguishes several stores of one provider.
/// </summary>
internal sealed class StateKeys(string prefix)
{
    /// <summary>The name of the state, for providers that keep states by name.</summary>
    internal const string StateName = "orleansshards";

    private static readonly GrainType Type = GrainType.Create("orleansshards-log");

    /// <summary>The names of all logs.</summary>
    internal GrainId Directory => Make($"_logs");

    /// <summary>A key that is used only once.</summary>
    internal GrainId Probe(Guid race, int record) => Make($"_probe_{race:N}_{record}");

    internal GrainId Head(LogName log) => Make($"{Escape(log.Value)}_head");
    internal GrainId Record(LogName log, ulong index) => Make($"{Escape(log.Value)}_record_{index:D19}");
    internal GrainId Chunk(LogName log, CheckpointId checkpoint, int number) =>
        Make($"{Escape(log.Value)}_chunk_{checkpoint.Index.Value:D19}_{checkpoint.Term.Value}_{number}");

    private GrainId Make(FormattableString key) => GrainId.Create(Type, prefix + FormattableString.Invariant(key));

    // '/' becomes '-'; every other byte that is no small letter, digit or '.' becomes '_' and two hexadecimal digits. The part of a key
    // after the log's name begins with '_' and no such digit.
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
