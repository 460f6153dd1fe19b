namespace OrleansShards.Tests.House;

/// <summary>
/// Tells code from comments, literals and directives: enough of C# to count braces and look for words, no compiler.
/// It knows escapes, verbatim, raw and interpolated strings with code in their holes; it does not look into the holes
/// of interpolated raw strings, and does not weigh <c>#if</c>.
/// </summary>
internal sealed class CSharpLexer
{
    private readonly string _text;
    private readonly char[] _code;
    private readonly char[] _comments;
    private readonly char[] _directives;
    private int _at;

    private CSharpLexer(string text)
    {
        _text = text;
        _code = Blank(text);
        _comments = Blank(text);
        _directives = Blank(text);
    }

    public static CSharpText Split(string text)
    {
        var lexer = new CSharpLexer(text);
        while (lexer._at < text.Length)
        {
            lexer.Code();
            // A brace too many: broken code, or #if. What follows is still worth reading.
            lexer.Keep(lexer._code, 1);
        }

        return new CSharpText(new(lexer._code), new(lexer._comments), new(lexer._directives));
    }

    private static char[] Blank(string text) => [.. text.Select(c => c == '\n' ? '\n' : ' ')];

    /// <summary>Reads code up to the end, or up to the brace that closes the hole which this code is in.</summary>
    private void Code()
    {
        for (var depth = 0; _at < _text.Length;)
        {
            if (depth == 0 && Current == '}')
            {
                return;
            }

            if (!Comment() && !Directive() && !Text() && !Character())
            {
                depth += Current switch { '{' => 1, '}' => -1, _ => 0 };
                Keep(_code, 1);
            }
        }
    }

    private bool Comment()
    {
        var (opening, closing) = Ahead("//") ? (2, "\n") : Ahead("/*") ? (2, "*/") : (0, "");
        if (opening == 0)
        {
            return false;
        }

        var end = _text.IndexOf(closing, _at + opening, StringComparison.Ordinal);
        var length = end < 0 ? _text.Length - _at : end - _at + closing.Length;
        Keep(_comments, closing == "\n" && end >= 0 ? length - 1 : length);
        return true;
    }

    private bool Directive()
    {
        var lineStart = _text.LastIndexOf('\n', Math.Max(_at - 1, 0)) + 1;
        if (Current != '#' || !string.IsNullOrWhiteSpace(_text[Math.Min(lineStart, _at).._at]))
        {
            return false;
        }

        var end = _text.IndexOf('\n', _at);
        Keep(_directives, (end < 0 ? _text.Length : end) - _at);
        return true;
    }

    private bool Text()
    {
        var start = _at;
        while (start < _text.Length && _text[start] is '$' or '@')
        {
            start++;
        }

        if (start >= _text.Length || _text[start] != '"')
        {
            return false;
        }

        var prefix = _text[_at..start];
        var quotes = _text.AsSpan(start).IndexOfAnyExcept('"') is var run and >= 0 ? run : _text.Length - start;
        _at = start;
        if (quotes >= 3 && !prefix.Contains('@'))
        {
            RawText(quotes);
        }
        else
        {
            PlainText(verbatim: prefix.Contains('@'), holes: prefix.Contains('$'));
        }

        return true;
    }

    private void RawText(int quotes)
    {
        var end = _text.IndexOf(new string('"', quotes), _at + quotes, StringComparison.Ordinal);
        _at = end < 0 ? _text.Length : end + quotes;
        while (_at < _text.Length && Current == '"')
        {
            _at++;
        }
    }

    private void PlainText(bool verbatim, bool holes)
    {
        for (_at++; _at < _text.Length;)
        {
            if ((!verbatim && Current == '\\') || (verbatim && Ahead("\"\"")) || (holes && Ahead("{{")))
            {
                _at += 2;
            }
            else if (holes && Current == '{')
            {
                _at++;
                Code();
                _at++;
            }
            else if (Current == '"' || (!verbatim && Current == '\n'))
            {
                _at++;
                return;
            }
            else
            {
                _at++;
            }
        }
    }

    private bool Character()
    {
        if (Current != '\'')
        {
            return false;
        }

        // The closing quote is at least one character away: '\'' and ''' must not end at once.
        var from = Math.Min(_text.Length, _at + (Ahead("'\\") ? 3 : 2));
        var end = _text.IndexOf('\'', from);
        _at = end < 0 ? _text.Length : end + 1;
        return true;
    }

    private char Current => _text[_at];

    private bool Ahead(string what) => string.CompareOrdinal(_text, _at, what, 0, what.Length) == 0;

    private void Keep(char[] part, int length)
    {
        length = Math.Min(length, _text.Length - _at);
        _text.AsSpan(_at, length).CopyTo(part.AsSpan(_at));
        _at += length;
    }
}
