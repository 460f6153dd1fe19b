using System.Text.RegularExpressions;

namespace OrleansShards.Tests.House;

/// <summary>
/// The catalogues of rules and of planted defects fit the code as it is: what takes minutes to carry out is found out
/// here in milliseconds, with the change to the code that makes an entry stale.
/// </summary>
public sealed partial class PlantedCatalogueTests
{
    private static readonly IReadOnlyList<CatalogueEntry> Planted = CatalogueEntry.ReadAll("Tests/Planted");

    [Fact]
    public void Planted_WovenOneAfterTheOther_EveryTextStandsOnce()
    {
        Dictionary<string, string> woven = [];
        List<string> stale = [];
        foreach (var (entry, change) in Planted.SelectMany(e => e.Changes, (e, change) => (e, change)))
        {
            woven.TryAdd(change.File, TextOf(change.File));
            stale.AddRange(Misfits(entry, change, woven[change.File]));
            woven[change.File] = woven[change.File].Replace(change.From, change.To, StringComparison.Ordinal);
        }

        AssertNone(stale);
    }

    [Fact]
    public void Rules_EachByItself_EveryTextStandsOnce()
    {
        List<string> stale = [];
        foreach (var entry in CatalogueEntry.ReadAll("Tests/Rules"))
        {
            var text = TextOf(entry.Changes[0].File);
            foreach (var change in entry.Changes)
            {
                stale.AddRange(Misfits(entry, change, text));
                text = text.Replace(change.From, change.To, StringComparison.Ordinal);
            }
        }

        AssertNone(stale);
    }

    [Fact]
    public void Planted_Names_AreUniqueAndInKebabCase()
    {
        Assert.True(Planted.Count >= 20, $"{Planted.Count} defects are planted, at least 20 were asked for");
        Assert.Equal(Planted.Count, Planted.Select(e => e.Switch).Distinct().Count());
        Assert.All(Planted, entry => Assert.Matches(KebabCase(), entry.Switch));
    }

    [Fact]
    public void Planted_Text_AsksForItsOwnSwitchAndNoOther() => Assert.All(Planted, entry =>
    {
        var asked = entry.Changes.SelectMany(change => SwitchAsked().Matches(change.To)).Select(m => m.Groups[1].Value);
        Assert.Equal([entry.Switch], asked.Distinct());
    });

    private static IEnumerable<string> Misfits(CatalogueEntry entry, CatalogueChange change, string text)
    {
        var count = text.Split(change.From).Length - 1;
        if (count != 1)
            yield return $"{entry.Source}: '{entry.Rule}': stands {count} times in {change.File}: {change.From}";
    }

    private static string TextOf(string file)
    {
        var path = Path.Combine(Repository.Root, file);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private static void AssertNone(List<string> stale) =>
        Assert.True(stale.Count == 0, $"{stale.Count} do not fit the code:\n{string.Join('\n', stale)}");

    [GeneratedRegex("^[a-z]+(-[a-z]+)*$")]
    private static partial Regex KebabCase();

    [GeneratedRegex("""Planted\.Is\("([^"]*)"\)""")]
    private static partial Regex SwitchAsked();
}
