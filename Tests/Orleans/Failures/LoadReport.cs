using System.Globalization;
using System.Text;
using OrleansShards.Simulation.Histories;
using OrleansShards.Tests.Recording;

namespace OrleansShards.Tests.Orleans.Failures;

/// <summary>A summary of a run for people.</summary>
internal static class LoadReport
{
    internal static string Of(Recorder recorder, IReadOnlyList<Blow> blows)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{recorder.Answered} operations answered, {recorder.Refused} refused, ");
        text.Append(CultureInfo.InvariantCulture, $"{recorder.Open} unknown, {recorder.Repeated} repetitions; ");
        text.AppendJoin(", ", blows.CountBy(static blow => blow.Kind).Select(static kind => $"{kind.Key} {kind.Value}")).AppendLine();
        Blow[] kills = [.. blows.Where(static blow => blow.Kind == BlowKind.Kill)];
        Blow[] stops = [.. blows.Where(static blow => blow.Kind == BlowKind.LongStop)];
        text.AppendLine($"kill to a shard's first write: {Blow.Summary(kills.SelectMany(static blow => blow.Shards))}");
        text.AppendLine($"kill to the primary's first answer: {Primary(kills)}");
        text.AppendLine($"stop to a shard's first write: {Blow.Summary(stops.SelectMany(static blow => blow.Shards))}");
        text.AppendLine($"stop to the primary's first answer: {Primary(stops)}");
        text.AppendLine($"the database is back to a shard's first write: {Blow.Summary(Of(blows, BlowKind.DatabaseStop))}");
        text.AppendLine($"its disk has room to a shard's first write: {Blow.Summary(Of(blows, BlowKind.FullDisk))}");
        text.Append("longest time without a served write, by shard that workers write to: ")
            .AppendJoin(", ", WorstGaps(recorder.Operations));
        return text.ToString();
    }

    private static IEnumerable<TimeSpan> Of(IEnumerable<Blow> blows, BlowKind kind) =>
        blows.Where(blow => blow.Kind == kind).SelectMany(static blow => blow.Shards);

    private static string Primary(IEnumerable<Blow> blows) =>
        Blow.Summary(blows.Select(static blow => blow.Primary).OfType<TimeSpan>());

    /// <summary>
    /// As the workers saw it, who wait for their answers: their own patience is in it. Some shards have no key of theirs. What else is
    /// written there is written after blows only, so that gaps of half a minute between two of these say nothing.
    /// </summary>
    private static IEnumerable<string> WorstGaps(IReadOnlyList<Operation> operations) => operations
        .Where(static operation => operation.IsAcknowledgedChange && Worker.Keys.Contains(operation.Key))
        .GroupBy(static operation => FirstServed.ShardOf(operation.Key))
        .OrderBy(static shard => shard.Key)
        .Select(static shard => (shard.Key, Times: shard.Select(static operation => operation.ReturnedAt!.Value).Order().ToArray()))
        .Select(static shard => string.Create(
            CultureInfo.InvariantCulture,
            $"{shard.Key}: {shard.Times.Zip(shard.Times.Skip(1), static (one, next) => next - one).Max() / 1e6:0.0} s"));
}
