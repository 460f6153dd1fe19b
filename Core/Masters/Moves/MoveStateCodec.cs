using OrleansShards.Core.Bytes;

namespace OrleansShards.Core.Masters.Moves;

/// <summary>The canonical bytes of the moves in a master's state, as they stand in its checkpoint.</summary>
internal static class MoveStateCodec
{
    internal static void Write(ByteWriter to, MoveTable moves)
    {
        to.VarUInt(moves.Newest.Value);
        to.VarUInt((ulong)moves.Wanted.Count);
        foreach ((int shard, WantedPlace place) in moves.Wanted)
        {
            to.VarUInt((ulong)shard);
            to.Text(place.Group.Value);
            to.VarUInt(place.UndoOf.Value);
        }

        Write(to, moves.Active);
        Write(to, moves.Committed);
        Write(to, moves.Aborted);
    }

    internal static void Read(ref ByteReader from, MoveTable moves)
    {
        MoveId newest = new(from.VarUInt());
        List<(int, WantedPlace)> wanted = [];
        for (int left = from.Count(); left > 0; left--)
        {
            int shard = MasterEntryCodec.ReadShard(ref from).Value;
            wanted.Add((shard, new WantedPlace(new GroupId(from.Text()), new MoveId(from.VarUInt()))));
        }

        moves.Restore(newest, wanted, ReadMoves(ref from), ReadMoves(ref from), ReadMoves(ref from));
    }

    private static void Write(ByteWriter to, IReadOnlyDictionary<int, ShardMove> moves)
    {
        to.VarUInt((ulong)moves.Count);
        foreach (ShardMove move in moves.Values)
        {
            to.VarUInt(move.Id.Value);
            to.VarUInt((ulong)move.Shard.Value);
            to.Text(move.Source.Value);
            to.Text(move.Target.Value);
            to.VarUInt(move.UndoOf.Value);
            to.VarUInt(move.CancelledUpTo.Value);
            to.VarUInt(move.Granted.Value);
            MasterMoveCodec.Write(to, move.Receipt);
            MasterMoveCodec.Write(to, move.PauseUs);
            to.Bool(move.Text is not null);
            to.Text(move.Text ?? "");
        }
    }

    private static List<ShardMove> ReadMoves(ref ByteReader from)
    {
        List<ShardMove> moves = [];
        for (int left = from.Count(); left > 0; left--)
        {
            ShardMove move = new(
                new MoveId(from.VarUInt()),
                MasterEntryCodec.ReadShard(ref from),
                new GroupId(from.Text()),
                new GroupId(from.Text()),
                new MoveId(from.VarUInt()))
            {
                CancelledUpTo = new Epoch(from.VarUInt()),
                Granted = new Epoch(from.VarUInt()),
                Receipt = MasterMoveCodec.ReadReceipt(ref from),
                PauseUs = MasterMoveCodec.ReadPause(ref from),
            };
            bool hasText = from.Bool();
            string text = from.Text();
            moves.Add(hasText ? move with { Text = text } : move);
        }

        return moves;
    }
}
