using Microsoft.Extensions.Options;
using OrleansShards.Client.Connecting;
using OrleansShards.Grains.Interfaces;

namespace OrleansShards.Client;

/// <summary>Options of a client. Validated when the host starts; all errors are reported at once.</summary>
public sealed class ShardsClientOptions
{
    private static readonly TimeSpan DeadlineMax = TimeSpan.FromDays(1);

    /// <summary>
    /// Where silos take clients, each <c>HOST:PORT</c>; IPv6 in brackets. One that answers is enough. The client resolves the
    /// names repeatedly while it runs.
    /// </summary>
    /// <value>Empty unless set; at least one is needed, unless <see cref="ConfigureOrleans"/> says how silos are found.
    /// Not used in a silo's own process.</value>
    public IList<string> Silos { get; } = [];

    /// <summary>The Orleans cluster's name: the client does not use silos of another one.</summary>
    /// <value><see cref="ClusterNames.ClusterId"/> unless set, as silos have it.</value>
    public string ClusterId { get; set; } = ClusterNames.ClusterId;

    /// <summary>The Orleans service's name.</summary>
    /// <value><see cref="ClusterNames.ServiceId"/> unless set, as silos have it.</value>
    public string ServiceId { get; set; } = ClusterNames.ServiceId;

    /// <summary>How long a call may take, including all waiting and all retries, unless the call sets its own deadline.</summary>
    /// <value>
    /// 5 s unless set; more than 0, at most a day. A silo that was killed is replaced after 1.2 to 1.6 s (measured): one
    /// attempt, a third of 5 s, outlasts that, and two more can follow.
    /// </value>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The deadline of <see cref="IShardsAdmin.MigrateAsync"/> and <see cref="IShardsAdmin.UndoMoveAsync"/>.</summary>
    /// <value>60 s unless set, the same as the gateway's; more than 0, at most a day.</value>
    public TimeSpan MoveDeadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many requests may be in flight at once; beyond it callers wait, within their deadlines.</summary>
    /// <value>
    /// 1,024 unless set; 1 to 1,000,000. Throughput stops rising at 64 to 256 (measured); more requests only queue, and this
    /// limits the memory for them.
    /// </value>
    public int InFlightMax { get; set; } = 1024;

    /// <summary>The back-off before the first retry after a transient refusal; doubles with each retry.</summary>
    /// <value>5 ms unless set; more than 0: a hand-over's pause is a handful of log writes.</value>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>The longest back-off between two retries.</summary>
    /// <value>100 ms unless set; not less than <see cref="RetryAfter"/>.</value>
    public TimeSpan RetryAfterMax { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>One attempt waits for an answer for the deadline divided by this.</summary>
    /// <value>3 unless set; 1 to 100.</value>
    public int AttemptsInDeadline { get; set; } = 3;

    /// <summary>The pause after a failed attempt to connect for the first time.</summary>
    /// <value>500 ms unless set; more than 0. An attempt to connect is cheap, and a silo starts in 1.5 s.</value>
    public TimeSpan ConnectRetryAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How large data may be: a request beyond it is refused and not sent. The silos should have the same.</summary>
    /// <value>The defaults of <see cref="DataLimits"/> unless set. What a shard and a silo hold is limited by the silos.</value>
    public DataLimits Limits { get; set; } = new();

    /// <summary>TLS to the silos.</summary>
    /// <value>Null unless set: none. The files are read when the client connects.</value>
    public ShardsTlsOptions? Tls { get; set; }

    /// <summary>
    /// Configures the Orleans client further, after these options, for instance with another way to find silos. Called once for
    /// every attempt to connect; never in a silo's own process.
    /// </summary>
    /// <value>Null unless set.</value>
    public Action<IClientBuilder>? ConfigureOrleans { get; set; }

    internal IEnumerable<string> Problems(bool inSilo)
    {
        foreach (string problem in inSilo ? [] : ConnectionProblems())
            yield return problem;

        foreach (string problem in TimeProblems())
            yield return problem;

        foreach (string problem in Limits.Problems())
            yield return problem;

        if (InFlightMax is < 1 or > 1_000_000)
            yield return $"InFlightMax is {InFlightMax}; expected 1 to 1,000,000";

        if (AttemptsInDeadline is < 1 or > 100)
            yield return $"AttemptsInDeadline is {AttemptsInDeadline}; expected 1 to 100";
    }

    internal static bool IsDeadline(TimeSpan deadline) => deadline > TimeSpan.Zero && deadline <= DeadlineMax;

    private IEnumerable<string> ConnectionProblems()
    {
        if (Silos.Count == 0 && ConfigureOrleans is null)
            yield return "Silos is empty; expected at least one HOST:PORT";

        foreach (string silo in Silos)
        {
            if (SiloName.Parse(silo) is null)
                yield return $"Silos has '{silo}'; expected HOST:PORT, with a port from 1 to 65535";
        }

        if (string.IsNullOrWhiteSpace(ClusterId))
            yield return "ClusterId is empty; expected the name that the silos have";

        if (string.IsNullOrWhiteSpace(ServiceId))
            yield return "ServiceId is empty; expected the name that the silos have";

        foreach (string problem in Tls?.Problems() ?? [])
            yield return problem;
    }

    private IEnumerable<string> TimeProblems()
    {
        if (!IsDeadline(Deadline))
            yield return $"Deadline is {Deadline}; expected more than 0 and at most {DeadlineMax.TotalHours:0} h";

        if (!IsDeadline(MoveDeadline))
            yield return $"MoveDeadline is {MoveDeadline}; expected more than 0 and at most {DeadlineMax.TotalHours:0} h";

        if (RetryAfter <= TimeSpan.Zero)
            yield return $"RetryAfter is {RetryAfter}; expected more than 0";

        if (RetryAfterMax < RetryAfter)
            yield return $"RetryAfterMax is {RetryAfterMax}; expected at least RetryAfter, which is {RetryAfter}";

        if (ConnectRetryAfter <= TimeSpan.Zero)
            yield return $"ConnectRetryAfter is {ConnectRetryAfter}; expected more than 0";
    }
}

internal sealed class ShardsClientValidation(bool inSilo) : IValidateOptions<ShardsClientOptions>
{
    public ValidateOptionsResult Validate(string? name, ShardsClientOptions options)
    {
        string[] problems = [.. options.Problems(inSilo)];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
