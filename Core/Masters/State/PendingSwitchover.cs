namespace OrleansShards.Core.Masters;

/// <summary>
/// A primary has handed over and nothing has come of it yet. It stands for the term in which it was written and no
/// other: whoever opened a later term has gone on, and the hand-over is stale.
/// </summary>
/// <param name="To">Who is to take over.</param>
/// <param name="At">The record that has it.</param>
/// <param name="Term">That record's term.</param>
public sealed record PendingSwitchover(MasterName To, LogIndex At, Term Term);
