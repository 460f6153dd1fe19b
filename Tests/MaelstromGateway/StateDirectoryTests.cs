using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using OrleansShards.Grains.Clustering;
using OrleansShards.MaelstromGateway.Silos;
using OrleansShards.Tests.Storage;

namespace OrleansShards.Tests.MaelstromGateway;

/// <summary>The directory where a cluster of gateways keeps its state.</summary>
[SupportedOSPlatform("linux")]
public sealed class StateDirectoryTests : IDisposable
{
    private const UnixFileMode OnlyTheUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryDirectory _directory = new();

    private string Clusters => _directory.File("clusters");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Open_Twice_IsTheSameDirectoryAndTheUsersAlone()
    {
        using StateDirectory first = Open("demo");
        using StateDirectory second = Open("demo");
        using StateDirectory other = Open("other");

        Assert.Equal(first.Shared, second.Shared);
        Assert.NotEqual(first.Shared, other.Shared);
        Assert.Equal(OnlyTheUser, File.GetUnixFileMode(Clusters));
        Assert.Equal(OnlyTheUser, File.GetUnixFileMode(Path.GetDirectoryName(first.Shared.Path)!));
        Assert.False(first.IsDurable);
    }

    [Fact]
    public void Open_WithData_IsThatDirectory()
    {
        using StateDirectory state = StateDirectory.Open("demo", _directory.File("data"), _directory.Path);

        Assert.Equal((_directory.File("data"), true), (state.Shared.Path, state.IsDurable));
        Assert.False(Directory.Exists(Clusters), "nothing but what was named should be touched");
    }

    // Somebody else may have put something under the name before us, where all can write.
    [Fact]
    public void Open_ALinkWasPrepared_IsRefusedAndNothingIsMadeWhereItLeads()
    {
        string victim = _directory.File("victim");
        Directory.CreateDirectory(victim);
        Directory.CreateSymbolicLink(Clusters, victim);

        IOException refusal = Assert.Throws<IOException>(() => Open("demo"));

        Assert.Contains("is a symbolic link; expected a directory of this user alone", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(victim));
    }

    [Fact]
    public void Open_ADirectoryThatOthersReach_IsRefused()
    {
        Directory.CreateDirectory(Clusters, OnlyTheUser | UnixFileMode.OtherExecute);

        IOException refusal = Assert.Throws<IOException>(() => Open("demo"));

        Assert.Contains("is open to others (", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OwnersHaveEnded_TheirStateIsRemovedUnlessAGatewayIsLeft()
    {
        ProcessIdentity us = ProcessIdentity.Of(Environment.ProcessId);
        string alive = Prepare($"demo@{us}");
        string pidGivenToAnother = Prepare($"demo@{us with { StartedAt = us.StartedAt + 1 }}");
        string beforeTheBoot = Prepare($"demo@{us with { Boot = "00000000" }}");
        string used = Prepare($"used@{us with { Id = int.MaxValue }}");
        string foreign = Prepare("something else");
        using (FileStream inUse = new(Path.Combine(used, "in-use"), FileMode.Create, FileAccess.ReadWrite, FileShare.Read))
        {
            Open("demo").Dispose();
            Assert.Equal(
                [true, false, false, true, true],
                new[] { alive, pidGivenToAnother, beforeTheBoot, used, foreign }.Select(Directory.Exists));
        }

        Open("demo").Dispose();
        Assert.False(Directory.Exists(used), "the last gateway of an owner that has ended is gone");
    }

    // A link in what is removed leads somewhere else: that stays.
    [Fact]
    public void Open_AbandonedStateHasALink_WhatItLeadsToStays()
    {
        string kept = _directory.File("kept");
        Directory.CreateDirectory(kept);
        File.WriteAllText(Path.Combine(kept, "file"), "");
        string abandoned = Prepare($"demo@{int.MaxValue}-1-00000000");
        Directory.CreateSymbolicLink(Path.Combine(abandoned, "link"), kept);

        Open("demo").Dispose();

        Assert.False(Directory.Exists(abandoned));
        Assert.True(File.Exists(Path.Combine(kept, "file")));
    }

    [Fact]
    public void Identity_Text_IsReadAgain()
    {
        ProcessIdentity parent = ProcessIdentity.OfParent();

        Assert.True(ProcessIdentity.TryParse(parent.ToString(), out ProcessIdentity read));
        Assert.Equal(parent, read);
        Assert.True(read.IsRunning());
        Assert.False(ProcessIdentity.TryParse("demo", out _));
    }

    [Theory]
    [InlineData("n1")]
    [InlineData("../../n1")]
    public void Port_OfANode_IsTheSameAgainAndNobodyElsesMeanwhile(string node)
    {
        SharedDirectory state = new(_directory.File("state"));
        int port;
        using (Socket first = LoopbackPort.Reserve(state, node))
        {
            port = ((IPEndPoint)first.LocalEndPoint!).Port;
            using Socket silo = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            silo.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            silo.Bind(first.LocalEndPoint!);
            silo.Listen();
            using Socket another = LoopbackPort.Reserve(state, node);
            Assert.NotEqual(port, ((IPEndPoint)another.LocalEndPoint!).Port);
            File.WriteAllText(Assert.Single(Directory.GetFiles(state.Ports)), $"{port}");
        }

        using Socket again = LoopbackPort.Reserve(state, node);
        Assert.Equal(port, ((IPEndPoint)again.LocalEndPoint!).Port);
    }

    private StateDirectory Open(string name) => StateDirectory.Open(name, null, _directory.Path);

    private string Prepare(string name)
    {
        string path = Path.Combine(Clusters, name);
        Directory.CreateDirectory(Clusters, OnlyTheUser);
        Directory.CreateDirectory(Path.Combine(path, "state", "logs"), OnlyTheUser);
        return path;
    }
}
