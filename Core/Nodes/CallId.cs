namespace OrleansShards.Core.Nodes;

/// <summary>
/// One call of one run of a node: the answer carries it back. An answer whose call is not open any more, or was
/// opened by an earlier run, is ignored.
/// </summary>
/// <param name="Caller">The run that called.</param>
/// <param name="Number">Rises with every call of that run.</param>
public readonly record struct CallId(Incarnation Caller, ulong Number);
