using OrleansShards.Core.Shards;

namespace OrleansShards.Core.Masters.Moves;

internal sealed class MoveCalls(MasterContext context)
{
    internal void Send(PendingMoveCall pending, ShardMove move, MoveCommand command)
    {
        pending.Want(command);
        if (pending.IsDone || pending.IsOpen || (pending.NextAt is { } at && context.Now < at))
            return;

        pending.IsOpen = true;
        pending.NextAt = context.Now + context.Config.MoveCommandInterval;
        Epoch granted = command == MoveCommand.Commit ? move.Granted : Epoch.None;
        context.Call(
            NodeAddress.Of(pending.Copy, move.Shard),
            new DriveMove(context.Term, move.Id, move.Source, move.Target, command, granted),
            new MasterCall.Commanded(pending, command), context.Config.MoveCommandLimit);
    }

    /// <summary>A copy answered, or did not in time. The answer to an earlier command says nothing about the present one.</summary>
    internal void OnReply(PendingMoveCall pending, MoveCommand command, Message? reply)
    {
        if (command != pending.Command)
            return;

        pending.IsOpen = false;
        MoveRun? run = context.MoveRuns.GetValueOrDefault(pending.Move.Shard.Value);
        run = run is not null && (run.Target == pending || run.Source == pending) ? run : null;
        pending.IsDone = IsDone(pending, command, reply, run?.Move.Granted ?? Epoch.None);
        if (run?.Target == pending && reply is MoveProgress progress && progress.Move == pending.Move.Id)
            run.OnProgress(progress, context.Now);
        else if (run is not null && !pending.IsDone)
            run.Obstacle = Obstacle(pending, reply);
    }

    private static bool IsDone(PendingMoveCall pending, MoveCommand command, Message? reply, Epoch granted) => reply switch
    {
        MoveProgress progress when progress.Move == pending.Move.Id => command switch
        {
            MoveCommand.Copy => false,
            MoveCommand.Commit => progress.Step == (pending.Copy == pending.Move.Target ? MoveStep.Serving : MoveStep.Released),
            MoveCommand.Abort => progress.Step == MoveStep.Discarded,
        },
        // The copy has passed the shard on since: it has carried out this command.
        ShardRefusal { Kind: ShardRefusalKind.Moved } refusal when command == MoveCommand.Commit =>
            granted > Epoch.None && refusal.Epoch >= granted && refusal.Owner != pending.Copy,
        ShardRefusal refusal => command == MoveCommand.Abort && refusal.Kind != ShardRefusalKind.NotReady,
        _ => false,
    };

    private static string Obstacle(PendingMoveCall pending, Message? reply) => reply switch
    {
        ShardRefusal refusal => $"{pending.Copy}: {refusal.Text}",
        MoveProgress { Obstacle: { } text } => $"{pending.Copy}: {text}",
        MoveProgress progress => $"{pending.Copy} is {progress.Step}",
        null => $"{pending.Copy} does not answer",
        _ => $"{pending.Copy} answers {reply.GetType().Name}",
    };
}

/// <summary>The command to one group's copy for one move, repeated until the copy has carried it out.</summary>
internal sealed class PendingMoveCall(ShardMove move, GroupId copy)
{
    internal ShardMove Move { get; } = move;

    internal GroupId Copy { get; } = copy;

    internal MoveCommand Command { get; private set; }

    internal bool IsDone { get; set; }

    internal bool IsOpen { get; set; }

    /// <summary>When it is sent next; null for at once.</summary>
    internal Instant? NextAt { get; set; }

    internal bool IsAbortDone => IsDone && Command == MoveCommand.Abort;

    /// <summary>Another command is sent at once, whether the earlier one was answered or not.</summary>
    internal void Want(MoveCommand command)
    {
        if (command != Command)
        {
            Command = command;
            IsDone = false;
            IsOpen = false;
            NextAt = null;
        }
    }
}
