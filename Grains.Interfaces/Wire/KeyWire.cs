using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces.Wire;

// One family: operations on keys. Fields are only ever appended, with new ids: see WireTypes.

// Session and command are laid out flat: nothing else carries them, and an object within an object costs time.
[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct KeyRequestWire
{
    [Id(0)] public int Session;
    [Id(1)] public string? Client;
    [Id(2)] public long Sequence;
    [Id(3)] public int Verb;
    [Id(4)] public JsonText Key;
    [Id(5)] public JsonText Value;
    [Id(6)] public JsonText Expected;
    [Id(7)] public bool CreateIfAbsent;
    [Id(8)] public ulong? MeantFor;
}

[RegisterConverter]
internal sealed class KeyRequestConverter : IConverter<KeyRequest, KeyRequestWire>
{
    public KeyRequest ConvertFromSurrogate(in KeyRequestWire wire) =>
        new(SessionOf(in wire), CommandOf(in wire)) { MeantFor = Received.EpochOrNone(wire.MeantFor) };

    public KeyRequestWire ConvertToSurrogate(in KeyRequest value) =>
        new()
        {
            Session = (int)value.Session.Kind,
            Client = value.Session.Client,
            Sequence = value.Session.Sequence,
            Verb = (int)value.Command.Verb,
            Key = value.Command.Key,
            Value = value.Command.Value,
            Expected = value.Command.Expected,
            CreateIfAbsent = value.Command.CreateIfAbsent,
            MeantFor = value.MeantFor?.Value,
        };

    // Only a session has a client.
    private static SessionTag SessionOf(in KeyRequestWire wire) =>
        new(
            Received.Known<SessionKind>(wire.Session),
            wire.Session == (int)SessionKind.None ? wire.Client! : Received.Text(wire.Client),
            wire.Sequence);

    private static KeyCommand CommandOf(in KeyRequestWire wire) =>
        new(Received.Known<KeyVerb>(wire.Verb), wire.Key, wire.Value, wire.Expected, wire.CreateIfAbsent);
}

[GenerateSerializer, Immutable, OmitDefaultMemberValues]
internal struct KeyReplyWire
{
    [Id(0)] public int Verdict;
    [Id(1)] public JsonText Value;
}

[RegisterConverter]
internal sealed class KeyReplyConverter : IConverter<KeyReply, KeyReplyWire>
{
    public KeyReply ConvertFromSurrogate(in KeyReplyWire wire) =>
        new(Received.Known<KeyVerdict>(wire.Verdict), wire.Value);

    public KeyReplyWire ConvertToSurrogate(in KeyReply value) =>
        new() { Verdict = (int)value.Verdict, Value = value.Value };
}
