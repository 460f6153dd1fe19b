namespace OrleansShards.Tests.House;

/// <summary>A list that people keep beside these tests: a line an entry, # before a remark.</summary>
internal static class HouseList
{
    public static IEnumerable<string> Read(string name) =>
        File.ReadLines(Path.Combine(Repository.Root, "Tests", "House", name))
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && !line.StartsWith('#'));
}
