using OrleansShards.Core;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

// What a scenario can look at.
internal sealed partial class ScenarioWorld
{
    private void SayLog()
    {
        foreach ((ulong index, ReadOnlyMemory<byte> record) in _store.Records)
            _said.Add($"{index} {RecordBytes.Read(record)}");

        if (_store.Manifest is { } bytes)
        {
            CheckpointManifest manifest = CheckpointManifest.Decode(bytes.Span);
            _said.Add($"checkpoint at {manifest.Id.Index}, term {manifest.Id.Term}, {manifest.Cursor.Entries} entries in " +
                $"{manifest.Chunks} chunks, fences {string.Join(' ', manifest.Fences)}");
        }
    }

    private void SayState(ReplicaHost host)
    {
        LogReplica<string> replica = host.Replica;
        string opener = replica.Opener is { } writer ? $" opened by {writer.Node}" : "";
        string caughtUp = replica.IsCaughtUp ? "" : ", not caught up";
        _said.Add($"{host.Name} is {replica.Role} at {replica.Applied.Index}, term {replica.Applied.Term}{opener}{caughtUp}");
        _said.Add($"{host.Name} holds {(host.Machine.Words is [] ? "nothing" : string.Join(' ', host.Machine.Words))}");
        if (replica.GrownAt < _now)
            _said.Add($"{host.Name} saw the log grow {(_now - replica.GrownAt).TotalMilliseconds} ms ago");

        if (replica.Stall is { } stall)
            _said.Add($"{host.Name} stalls: {ScenarioText.Short(stall)}");
    }
}
