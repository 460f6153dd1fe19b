namespace OrleansShards.Tests.MaelstromGateway.Scenarios;

/// <summary>What a line of a scenario does.</summary>
internal enum StepKind
{
    /// <summary><c>&gt;</c>: sends a line.</summary>
    Send,

    /// <summary><c>&lt;</c>: expects this line next.</summary>
    Expect,

    /// <summary><c>&lt;*</c>: expects this line, in any order with those of its kind that stand beside it.</summary>
    ExpectAnyOrder,

    /// <summary><c>&gt;&gt;</c>: sends a line, again and again until the answer is the one in the step that
    /// follows.</summary>
    SendUntil,

    /// <summary><c>stderr:</c>: expects a text there.</summary>
    ExpectLog,

    /// <summary><c>end of input</c>: ends the input and expects the gateway to end well.</summary>
    EndInput,

    /// <summary><c>restart</c>: as before, and then starts it again with the same options.</summary>
    Restart,

    /// <summary><c>terminate</c>: sends SIGTERM and expects the gateway to end well.</summary>
    Terminate,

    /// <summary><c>kill</c>: kills it and starts it again with the same options.</summary>
    Kill,
}
