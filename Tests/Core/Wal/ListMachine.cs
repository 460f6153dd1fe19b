using System.Globalization;
using System.Text;
using OrleansShards.Core.Bytes;
using OrleansShards.Core.Wal;

namespace OrleansShards.Tests.Core.Wal;

/// <summary>The simplest state that shows order, loss and repetition: a list of words, each entry appending one.</summary>
internal sealed class ListMachine : IStateMachine<string>
{
    /// <summary>An entry that no replica can apply.</summary>
    internal const string Unreadable = "unreadable!";

    private readonly List<string> _words = [];

    internal IReadOnlyList<string> Words => _words;

    /// <summary>How many views are open; a replica that loses one leaks it.</summary>
    internal int OpenViews { get; private set; }

    public ulong Digest { get; private set; }

    public string Apply(LogCursor at, ReadOnlyMemory<byte> entry)
    {
        string word = Encoding.UTF8.GetString(entry.Span);
        if (word == Unreadable)
            throw new CorruptDataException($"entry {at.Entries} cannot be read");

        if (at.Entries != (ulong)_words.Count)
            throw new CorruptDataException($"entry {at.Entries} comes as number {_words.Count}");

        Append(word);
        return at.Entries.ToString(CultureInfo.InvariantCulture);
    }

    public ICheckpointSource Freeze()
    {
        OpenViews++;
        return new View(this, [.. _words]);
    }

    public void Clear()
    {
        _words.Clear();
        Digest = 0;
    }

    public void Restore(ReadOnlySpan<byte> chunk)
    {
        ByteReader from = new(chunk);
        while (from.Remaining > 0)
            Append(from.Text());
    }

    /// <summary>Makes this state another than the log says, as a defect would.</summary>
    internal void Tamper() => Digest++;

    private void Append(string word)
    {
        _words.Add(word);
        foreach (char letter in word)
            Digest = (Digest ^ letter) * 0x100000001b3 + 1;
    }

    private sealed class View(ListMachine machine, string[] words) : ICheckpointSource
    {
        private int _next;
        private bool _isOpen = true;

        public bool WriteNext(ByteWriter chunk, int bytesTarget)
        {
            Assert.True(_isOpen, "a view is read after it was disposed of");
            while (_next < words.Length && chunk.Length < bytesTarget)
                chunk.Text(words[_next++]);

            return _next < words.Length;
        }

        public void Dispose()
        {
            Assert.True(_isOpen, "a view is disposed of twice");
            _isOpen = false;
            machine.OpenViews--;
        }
    }
}
