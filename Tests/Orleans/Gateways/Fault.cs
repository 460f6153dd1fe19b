using System.Globalization;
using OrleansShards.Tests.Orleans.Failures;

namespace OrleansShards.Tests.Orleans.Gateways;

/// <summary>Whom a fault is done to.</summary>
internal enum FaultScope
{
    /// <summary>Any one node.</summary>
    One,

    /// <summary>The node with the primary master's name.</summary>
    Primary,

    /// <summary>More than half of the nodes.</summary>
    Majority,

    /// <summary>Every node.</summary>
    All,
}

/// <summary>What is done, and to whom.</summary>
/// <param name="Kind">What.</param>
/// <param name="Scope">To whom.</param>
internal sealed record Fault(BlowKind Kind, FaultScope Scope)
{
    public override string ToString() => $"{Kind} of {Scope}";
}

/// <summary>A fault that was applied, and is over.</summary>
/// <param name="Fault">What was done.</param>
/// <param name="Victims">The nodes that it was done to.</param>
/// <param name="Lasted">From the signal until the victims ran again.</param>
/// <param name="Recovered">From then until it was seen that everything is served again; null where nobody waited for that.</param>
/// <param name="Disturbed">How many attempts of workers went wrong meanwhile.</param>
internal sealed record AppliedFault(
    Fault Fault, IReadOnlyList<string> Victims, TimeSpan Lasted, TimeSpan? Recovered, int Disturbed)
{
    public override string ToString()
    {
        string recovered = Recovered is { } time
            ? string.Create(CultureInfo.InvariantCulture, $"all served {time.TotalSeconds:0.0} s later")
            : "next fault before all was served";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Fault} ({string.Join(' ', Victims)}) for {Lasted.TotalSeconds:0.0} s; {Disturbed} attempts disturbed; {recovered}");
    }
}
