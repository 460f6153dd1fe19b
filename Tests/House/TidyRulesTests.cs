namespace OrleansShards.Tests.House;

public sealed class TidyRulesTests
{
    public static TheoryData<string, string, string> Bad => new()
    {
        { "file-length", "Core/A.cs", Lines(401) },
        { "line-length", "Core/A.cs", "// " + new string('x', 138) },
        { "method-length", "Core/A.cs", $"class A {{\n void F()\n {{\n{Lines(68)} }}\n}}" },
        { "method-length", "Core/A.cs", $"class A {{\n int F() =>\n x switch {{\n{Lines(68)} }};\n}}" },
        { "method-length", "Core/A.cs", $"class A {{\n int P {{ get {{\n{Lines(70)} return 1; }} }}\n}}" },
        { "method-length", "Core/A.cs", $"class A {{\n public static bool operator !(A a) {{\n{Lines(70)} return true; }}\n}}" },
        { "type-per-file", "Core/A.cs", "namespace N; public class B { }" },
        { "type-per-file", "Core/A.cs", $"public class A {{ }} public class B {{\n{Lines(25)} }}" },
        { "type-per-file", "Core/A.cs", $"public class A {{ }} public interface B {{\n{Lines(25)} }}" },
        { "type-per-file", "Core/A.cs", $"public class A {{ }} public record B {{\n{Lines(40)} }}" },
        { "type-per-file", "Core/A.cs", "public record B; public record C;" },
        { "type-per-file", "Core/SomeMessages.cs", $"public record B; public class C {{\n{Lines(25)} }}" },
        { "no-region", "Core/A.cs", "class A\n{\n    #region fields\n}" },
        { "no-region", "Core/A.cs", "# region\n" },
        { "type-name", "Core/A.cs", "internal class ShardManager { }" },
        { "type-name", "Core/A.cs", "class A { struct JsonHelpers { } }" },
        { "type-name", "Core/A.cs", "static class StringUtils { }" },
        { "no-sleep-in-tests", "Tests/A.cs", "class A { void F() { Thread.Sleep(1); } }" },
        { "no-sleep-in-tests", "Tests/A.cs", "class A { void F() => await Task\n.Delay(1); }" },
        { "todo-number", "Core/A.cs", "// TODO: later" },
        { "todo-number", "Core/A.cs", "/* TODO (see #3) */" },
    };

    public static TheoryData<string, string, string> Good => new()
    {
        { "file-length", "Core/A.cs", Lines(400) },
        { "line-length", "Core/A.cs", "// " + new string('x', 137) + "\n" },
        { "method-length", "Core/A.cs", $"class A {{\n void F()\n {{\n{Lines(67)} }}\n}}" },
        { "method-length", "Core/A.cs", $"class A {{\n int[] F = [\n{Lines(100)} ];\n}}" },
        { "method-length", "Core/A.cs", $"class A {{\n int[] P {{ get; }} = [\n{Lines(100)} ];\n}}" },
        { "type-per-file", "Core/A.Parts.cs", "public partial class A { public class B { } } class C { }" },
        { "type-per-file", "Core/A.cs", "public class A { } public class A<T> { }" },
        { "type-per-file", "Core/A.cs", "public record A(B B); public enum B { C }" },
        { "type-per-file", "Core/A.cs", "public class A { } public class AException : Exception { }" },
        { "type-per-file", "Core/SomeMessages.cs", "public record B; public record C;" },
        { "type-per-file", "Core/A.cs", "class B { }" },
        { "no-region", "Core/A.cs", "// #region\nclass A { string s = \"#region\"; }" },
        { "type-name", "Core/A.cs", "class Utilization { Manager _m = new ShardManager(); }" },
        { "no-sleep-in-tests", "Core/A.cs", "class A { void F() { Thread.Sleep(1); } }" },
        { "no-sleep-in-tests", "Tests/A.cs", "class A { string s = \"Thread.Sleep(1)\"; } // Task.Delay(1)" },
        { "todo-number", "Core/A.cs", "// TODO #12: later\n// TODO (#3)\nclass A { string TODO; }" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Check_BadSample_IsFound(string rule, string path, string text) =>
        Assert.NotEmpty(Check(rule, path, text));

    [Theory]
    [MemberData(nameof(Good))]
    public void Check_GoodSample_IsNot(string rule, string path, string text) =>
        Assert.Empty(Check(rule, path, text));

    [Fact]
    public void Check_EveryRule_HasABadAndAGoodSample()
    {
        var rules = TidyRules.ForCSharp.Select(r => r.Name).ToHashSet();
        Assert.Equal(rules, Bad.Select(row => row.Data.Item1).ToHashSet());
        Assert.Equal(rules, Good.Select(row => row.Data.Item1).ToHashSet());
    }

    [Fact]
    public void Check_LongMethod_NamesItsFirstLineAndItself()
    {
        var text = $"class A {{\n [Fact]\n void F() {{\n{Lines(70)} }} }}";
        var expected = new Finding("method-length", "Core/A.cs", 3, "F", "F has 72 lines");
        Assert.Equal(expected, Check("method-length", "Core/A.cs", text).Single());
    }

    [Theory]
    [InlineData("method-length Core/A.cs F -- nothing but dispatch", true)]
    [InlineData("method-length Core/A.cs G -- another method", false)]
    [InlineData("method-length Core/B.cs F -- another file", false)]
    [InlineData("file-length Core/A.cs F -- another rule", false)]
    [InlineData("method-length Core/A.cs -- no method named", false)]
    public void Exception_Entry_CoversOnlyWhatItNames(string entry, bool covers) =>
        Assert.Equal(covers, TidyException.Parse(entry).Covers(new("method-length", "Core/A.cs", 3, "F", "")));

    [Theory]
    [InlineData("method-length Core/A.cs F")]
    [InlineData("method-length Core/A.cs F -- ")]
    [InlineData("method-length -- why")]
    public void Exception_WithoutPathOrReason_IsRefused(string entry) =>
        Assert.Throws<FormatException>(() => TidyException.Parse(entry));

    private static string Lines(int count) => string.Concat(Enumerable.Repeat("//\n", count));

    private static List<Finding> Check(string rule, string path, string text) =>
        [.. TidyRules.ForCSharp.Single(r => r.Name == rule).Check(new(path, text))];
}
