using System.Security.Cryptography;
using OrleansShards.Core;

namespace OrleansShards.Grains.Interfaces.Transport;

/// <summary>Draws the numbers that tell runs of nodes apart.</summary>
public static class Runs
{
    /// <summary>A run that no other node of any process has: 64 random bits.</summary>
    public static Incarnation Draw() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
}
