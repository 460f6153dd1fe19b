namespace OrleansShards.Grains.Diagnostics;

/// <summary>
/// The ids of all log messages of a silo. People and alerts refer to them: an id is never given to another message. docs/operations.md
/// says what to do about each; a test compares.
/// </summary>
internal static class LogEvents
{
    internal const int SiloServes = 1;
    internal const int SiloStopped = 2;
    internal const int SiloStops = 3;
    internal const int DatabaseAwaited = 4;
    internal const int DatabaseThere = 5;
    internal const int SiloHangs = 6;
    internal const int SystemdNotTold = 7;
    internal const int CommandToTry = 8;
    internal const int HttpUnencrypted = 9;

    internal const int ClusterOpened = 10;
    internal const int ClusterNotOpened = 11;
    internal const int ClusterNotOpenYet = 12;
    internal const int KeeperRoundFailed = 13;
    internal const int DuplicateMaster = 14;
    internal const int MasterMigratesHome = 15;
    internal const int MasterMigratesAway = 16;
    internal const int SwitchedOverBeforeStop = 17;
    internal const int NotSwitchedOverBeforeStop = 18;
    internal const int GroupsAnnounced = 19;

    internal const int TermChanged = 20;
    internal const int SwitchoverCancelled = 21;
    internal const int MembersChanged = 22;
    internal const int MoveBegun = 23;
    internal const int MoveEnded = 24;
    internal const int MoveAborted = 25;
    internal const int GroupsForgotten = 26;

    internal const int StoreFails = 30;
    internal const int StoreAnswersAgain = 31;
    internal const int StoreDefect = 32;
    internal const int StoreFailure = 33;
    internal const int StoreStopped = 34;

    internal const int NodeStopped = 40;
    internal const int NodeAlarm = 41;
    internal const int TickFailed = 42;
    internal const int HealthCheckFailed = 43;

    internal const int ApiAction = 50;
    internal const int ApiRefused = 51;
    internal const int ApiFailed = 52;
    internal const int RestoreLate = 53;
    internal const int ApiKeysRead = 54;
    internal const int ApiKeysKept = 55;
}
