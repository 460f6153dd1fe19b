// Moves money between two accounts, and finishes a transfer that was cut off by a crash.
//
//   ./run.sh silo                                                    in one terminal
//   dotnet run --project samples/Application -- --Transfer:Crash=true   in another; it ends in the middle
//   dotnet run --project samples/Application                         finishes that transfer, then makes one of its own
//
// --Shards:Silos:0=HOST:PORT where the silo is elsewhere, --Transfer:Journal=FILE for another file.

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansShards.Client;
using OrleansShards.Samples.Application;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddFilter("Orleans.", LogLevel.Warning);
builder.Services.AddOrleansShardsClient(builder.Configuration.GetSection("Shards"));
builder.Services.Configure<ShardsClientOptions>(static options =>
{
    if (options.Silos.Count == 0)
        options.Silos.Add("localhost:30000");
});
using IHost host = builder.Build();
await host.StartAsync();

bool crashes = builder.Configuration["Transfer:Crash"] == "true";
Bank bank = new(
    host.Services.GetRequiredService<IShardsClient>(),
    new Journal(builder.Configuration["Transfer:Journal"] ?? "transfer.json"),
    afterWithdrawal: () =>
    {
        if (crashes)
        {
            Console.WriteLine("crash: 30 are out of ann's account and not yet in bob's");
            Environment.Exit(1);
        }
    });

await bank.OpenAsync("ann", 100);
await bank.OpenAsync("bob", 100);
if (await bank.RecoverAsync() is { } found)
    Console.WriteLine($"finished what was cut off: {found.Amount} from {found.From} to {found.To}");

bool isDone = await bank.TransferAsync("ann", "bob", 30);
Console.WriteLine(isDone ? "transferred 30 from ann to bob" : "ann has less than 30");
Console.WriteLine($"ann {await bank.BalanceAsync("ann")}, bob {await bank.BalanceAsync("bob")}");
await host.StopAsync();
