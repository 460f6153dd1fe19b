using System.Net.Sockets;
using Npgsql;

namespace OrleansShards.Storage.Postgres;

/// <summary>What a failure of Npgsql or of the server means for the transaction, and its text for an operator.</summary>
internal static class PostgresFailure
{
    /// <summary>How answers call it.</summary>
    internal const string Database = "PostgreSQL";

    // SQLSTATE classes of failures that concern all writes, not one of them: connection, transaction, login, names and
    // rights, resources, operator, disk.
    private static readonly string[] OfAllWrites = ["08", "25", "28", "3D", "3F", "42", "53", "57", "58"];

    /// <summary>Whether the server says that it rolled back, and keeps the session: one that ends may have committed before.</summary>
    internal static bool IsRolledBack(Exception exception) => exception is PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Whether a single write may be the cause, so that the others are retried without it.</summary>
    internal static bool MayBeOfOneWrite(Exception exception) =>
        exception is PostgresException failure && !OfAllWrites.Contains(failure.SqlState[..2]);

    /// <summary>Whether the connection is lost, so that a read may be retried on another one. A time-out does not count.</summary>
    internal static bool IsConnectionLost(Exception exception) =>
        exception is NpgsqlException and not PostgresException { InvariantSeverity: "ERROR" }
        && exception.InnerException is not TimeoutException;

    /// <summary>Tells an operator what failed and what to do.</summary>
    internal static string TextFor(string place, Exception exception) => exception switch
    {
        LogStoreException => exception.Message,
        PostgresException failure => $"{place}: {WhatToDo(failure.SqlState)} (PostgreSQL {failure.SqlState}: {failure.MessageText})",
        NpgsqlException { InnerException: TimeoutException } =>
            $"{place}: there was no answer in time. Look at the server's load and locks, and at the network.",
        NpgsqlException { InnerException: SocketException or IOException } or SocketException or IOException =>
            $"{place}: the server cannot be reached, or the connection was lost. It is tried again with later calls. ({Cause(exception)})",
        NpgsqlException => $"{place}: {Cause(exception)}",
        _ => $"{place}: unexpected failure, please report it: {Defect.InOneLine(exception)}",
    };

    /// <summary>
    /// The same for whoever has called a key. Names no host, user or database, as the texts of Npgsql and the server do: those who may use
    /// the keys need not know where they are kept. The operator has <see cref="TextFor"/> in the log.
    /// </summary>
    internal static string AnswerFor(string place, Exception exception) => exception switch
    {
        LogStoreException => exception.Message.Replace(place, Database, StringComparison.Ordinal),
        PostgresException failure => $"{Database}: {WhatToDo(failure.SqlState)} (PostgreSQL {failure.SqlState})",
        NpgsqlException { InnerException: TimeoutException } =>
            $"{Database}: there was no answer in time. Look at the server's load and locks, and at the network.",
        NpgsqlException { InnerException: SocketException or IOException } or SocketException or IOException =>
            $"{Database}: the server cannot be reached, or the connection was lost. It is tried again with later calls.",
        _ => $"{Database}: unexpected failure; the silo's log says which.",
    };

    private static string Cause(Exception exception) => (exception.InnerException ?? exception).Message;

    private static string WhatToDo(string state) => state switch
    {
        PostgresErrorCodes.DiskFull => "the server's disk is full: make room, and later writes succeed.",
        PostgresErrorCodes.TooManyConnections =>
            "the server takes no more connections: raise max_connections, or give each silo fewer (ReadConnectionsMax).",
        PostgresErrorCodes.InvalidCatalogName => "there is no such database: create it, or name another one.",
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
            "the server refuses this user: check name, password and pg_hba.conf.",
        PostgresErrorCodes.InsufficientPrivilege =>
            "this user lacks a right: let it create schemas in the database, or create the schema and give it to this user.",
        PostgresErrorCodes.ReadOnlySqlTransaction => "the server takes no writes: name the one that does.",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName =>
            "the store's tables are gone: restore them from a copy, or start this process again to begin with an empty store.",
        PostgresErrorCodes.DuplicateTable =>
            "the schema has tables of another application, and nothing was changed: choose another schema.",
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled =>
            "it took too long: look for a lock that somebody holds (pg_locks), and at the server's load.",
        PostgresErrorCodes.CannotConnectNow => "the server is starting or stopping: it is tried again with later calls.",
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown =>
            "the server has ended the session: it is tried again with later calls.",
        _ => "the operation failed.",
    };
}
