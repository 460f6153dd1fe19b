namespace OrleansShards.Core.Masters;

/// <summary>A decision that a deposed primary had begun and never saw durable, kept for inspection.</summary>
/// <param name="Decision">What it was, for people.</param>
/// <param name="Term">The term in which it was proposed.</param>
/// <param name="IsCertain">Whether it is certain that it is not in the log; else it may be, once.</param>
/// <param name="Reason">Why.</param>
public sealed record UndurableDecision(string Decision, Term Term, bool IsCertain, string Reason);
