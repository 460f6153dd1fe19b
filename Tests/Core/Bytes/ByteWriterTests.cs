using OrleansShards.Core.Bytes;

namespace OrleansShards.Tests.Core.Bytes;

public sealed class ByteWriterTests
{
    [Fact]
    public void Fixed_Numbers_AreLittleEndian()
    {
        ByteWriter to = new();
        to.Fixed32(0x01020304);
        to.Fixed64(0x05060708090A0B0C);
        Assert.Equal("04030201" + "0C0B0A0908070605", Convert.ToHexString(to.ToArray()));
    }

    [Fact]
    public void Raw_Twice_ContinuesTheSameBytes()
    {
        ByteWriter to = new();
        to.Byte(1);
        to.Raw([2, 3]);
        to.Raw([4]);
        Assert.Equal([1, 2, 3, 4], to.ToArray());
    }

    [Fact]
    public void Clear_ThenWrite_HoldsOnlyWhatCameAfter()
    {
        ByteWriter to = new();
        to.Text("before");
        to.Clear();
        Assert.Equal(0, to.Length);
        to.Byte(9);
        Assert.Equal([9], to.ToArray());
    }

    [Fact]
    public void ToArray_WrittenToLater_DoesNotChange()
    {
        ByteWriter to = new();
        to.Byte(1);
        byte[] copy = to.ToArray();
        to.Clear();
        to.Byte(2);
        Assert.Equal([1], copy);
    }
}
