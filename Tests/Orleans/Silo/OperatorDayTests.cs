using OrleansShards.Silo.Cli;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.Orleans.Silo;

/// <summary>The whole day of an operator: with one silo on SQLite, and with three, then four, on PostgreSQL.</summary>
public sealed class OperatorDayTests
{
    [Fact]
    public async Task Day_OneSiloOnSqlite_LosesNothing()
    {
        string data = Directory.CreateTempSubdirectory("orleansshards-day-").FullName;
        try
        {
            await using OperatorDay day = new((options, ports) => new SiloRun(ports, [.. options, "--data", data]));
            await GoesByAsync(day, silos: 1);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Day_ThreeSilosOnPostgres_LosesNothing()
    {
        await using TestSchema schema = new();
        DatabaseSettings database = new(schema.Options.ConnectionString, schema.Name);
        try
        {
            await using OperatorDay day = new((options, ports) => new SiloRun(
                ports, [.. options, "--cluster", "postgres", "--connection", database.Connection, "--schema", schema.Name]));
            await GoesByAsync(day, silos: 3);
        }
        finally
        {
            await schema.AskAsync($"drop schema if exists {database.MembershipSchema} cascade");
        }
    }

    private static async Task GoesByAsync(OperatorDay day, int silos)
    {
        await day.FoundAsync(silos);
        await day.AddGroupAsync();
        await day.MoveAndUndoAsync();
        await day.SwitchOverAndKillAsync();
        await day.BackUpAndRestoreElsewhereAsync();
    }
}
