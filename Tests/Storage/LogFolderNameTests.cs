using OrleansShards.Core;
using OrleansShards.Storage.Directory;

namespace OrleansShards.Tests.Storage;

public sealed class LogFolderNameTests
{
    private static readonly string[] Names =
    [
        "master", "Master", "shard/g1/7", "shard/G1/7", ".", "..", ".hidden", "a.b", "a.", " ", "a ", "%", "%2f", "~", "a~b",
        "журнал", "\u00e4", "a\u0308", "\U0001F600", "con", "\\", "a\nb", new string('a', 140), new string('a', 141),
        new string('a', 300), new string('a', 299) + "b", new string('ж', 300), new string('/', 46), new string('/', 47),
        new string('a', 106) + new string('/', 20), new string('a', 105) + new string('/', 20), new string('x', 100_000),
    ];

    [Fact]
    public void Encode_AnyName_IsOneShortPartOfAPathThatNoFileSystemFolds()
    {
        var folders = Names.Select(name => LogFolderName.Encode(new LogName(name))).ToList();
        Assert.All(folders, folder => Assert.Matches("^[a-z0-9_%-][a-z0-9._%~-]{0,139}$", folder));
        Assert.Equal(Names.Length, folders.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void Decode_WhatWasEncoded_IsTheName()
    {
        foreach (var name in Names)
        {
            var folder = LogFolderName.Encode(new LogName(name));
            Assert.Equal(new LogName(name), LogFolderName.Decode(folder, () => LogFolderName.FullName(new LogName(name))));
        }
    }

    [Theory]
    [InlineData("shard/g1/7", "shard%2fg1%2f7")]
    [InlineData("a.b-c_d", "a.b-c_d")]
    [InlineData("Ab", "%41b")]
    public void Encode_Name_CanStillBeRead(string name, string folder) =>
        Assert.Equal(folder, LogFolderName.Encode(new LogName(name)));

    [Theory]
    [InlineData("")]
    [InlineData("Master")]
    [InlineData("%6daster")]
    [InlineData("a%2Fb")]
    [InlineData("a%2")]
    [InlineData("a%zz")]
    [InlineData("%ff")]
    [InlineData("\u00e4")]
    [InlineData("a b")]
    [InlineData("aaa~0123")]
    public void Decode_NotWrittenByUs_IsNone(string folder) => Assert.Null(LogFolderName.Decode(folder, () => "other"u8.ToArray()));
}
