using System.Xml.Linq;

namespace OrleansShards.Tests.House;

public sealed class ApplicationTests
{
    /// <summary>An application's output would have a store's native libraries and a database's driver otherwise.</summary>
    [Fact]
    public void Application_WhatItReferences_HasNoStoreAndNoSilo()
    {
        HashSet<string> projects = [];
        HashSet<string> packages = [];
        Follow(Path.Combine(Repository.Root, "samples", "Application", "Application.csproj"), projects, packages);

        Assert.Equal(
            ["Application", "Client", "Core", "Grains.Interfaces"],
            projects.Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(
            packages,
            static name => name.Contains("SQLite", StringComparison.OrdinalIgnoreCase)
                || name.Contains("Npgsql", StringComparison.Ordinal)
                || name.Contains("Orleans.Server", StringComparison.Ordinal));
    }

    private static void Follow(string project, HashSet<string> projects, HashSet<string> packages)
    {
        if (!projects.Add(project))
            return;

        XElement content = XElement.Load(project);
        packages.UnionWith(content.Descendants("PackageReference").Select(static one => one.Attribute("Include")!.Value));
        foreach (XElement reference in content.Descendants("ProjectReference"))
        {
            Follow(
                Path.GetFullPath(reference.Attribute("Include")!.Value, Path.GetDirectoryName(project)!), projects, packages);
        }
    }
}
