using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using OrleansShards.Core.Nodes;
using OrleansShards.Grains.Interfaces.Wire;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>Orleans' serializer as a silo and a client have it, without either.</summary>
internal static class WireServices
{
    private static readonly ServiceProvider Services = new ServiceCollection()
        .AddSerializer(static builder => builder
            .AddAssembly(typeof(Message).Assembly)
            .AddAssembly(typeof(MessageCheck).Assembly))
        .BuildServiceProvider();

    public static Serializer Serializer { get; } = Services.GetRequiredService<Serializer>();

    public static DeepCopier Copier { get; } = Services.GetRequiredService<DeepCopier>();

    /// <summary>As a grain's method sends it that answers a <see cref="Message"/>: the type goes with it.</summary>
    public static byte[] Write(Message message) => Serializer.SerializeToArray(message);

    /// <summary>As a grain's shell, or the caller of one, takes it in.</summary>
    public static Message Read(byte[] bytes) => MessageCheck.Whole(Serializer.Deserialize<Message>(bytes));
}
