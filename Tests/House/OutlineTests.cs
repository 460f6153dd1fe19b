namespace OrleansShards.Tests.House;

public sealed class OutlineTests
{
    [Theory]
    [InlineData("namespace N; public sealed class A : B(1), I<int> where T : class, new() { }", "class A")]
    [InlineData("namespace N { public readonly record struct A(int X); }", "record A")]
    [InlineData("[Attribute(\"{\", X = new[] { 1 })] [Other] public abstract partial record A;", "record A")]
    [InlineData("using X = Y; public enum A : byte { B = 1, C }", "enum A")]
    [InlineData("public interface A { void F(); }", "interface A")]
    [InlineData("internal class A { public class B { } } public class C { }", "class C")]
    [InlineData("public class A<T>; public class A { }", "class A, class A")]
    [InlineData("public delegate int D(int x);", "")]
    public void Of_TopLevelTypes_FindsThePublicOnes(string text, string expected)
    {
        var types = Of(text).Where(d => d is { IsType: true, IsTopLevel: true, IsPublic: true });
        Assert.Equal(expected, string.Join(", ", types.Select(t => $"{t.Kind} {t.Name}")));
    }

    [Theory]
    [InlineData("public int F() { if (x) { y(); } }", "code F")]
    [InlineData("public (int A, int B) F<T>(int a = 1) where T : new() => x switch { 1 => (2, 3) };", "code F")]
    [InlineData("public A(int x) : base(x) { }", "code A")]
    [InlineData("[Fact] [Data(new[] { 1 })] public void F() { } void G() { }", "code F, code G")]
    [InlineData("public int P { get; private set; } = 3; int G() => 1;", "data P, code G")]
    [InlineData("public int P { get => _p; set { _p = value; } } int G() => 1;", "code P, code G")]
    [InlineData("public int P => 1; int _f; const int C = 2;", "code P, data _f, data C")]
    [InlineData("static readonly X F = new() { A = () => { }, B = { 1 } }; void G() { }", "data F, code G")]
    [InlineData("public static bool operator ==(A a, A b) => true; void G() { }", "code operator ==, code G")]
    [InlineData("public static bool operator >=(A a, A b) { return true; } int this[int i] => 1;",
        "code operator >=, code this")]
    [InlineData("class B { void F() { } } event Action E { add { x(); } remove { } } void G() { }",
        "code F, code E, code G")]
    public void Of_Members_FindsNamesAndKinds(string members, string expected)
    {
        var found = Of($"class A {{ {members} }}").Where(d => !d.IsType);
        Assert.Equal(expected, string.Join(", ", found.Select(m => $"{m.Kind} {m.Name}")));
    }

    [Fact]
    public void Of_MemberWithAttributes_StartsAfterThemAndEndsWithItsBrace()
    {
        const string Text = "class A { [B] void F() { { } } int G; }";
        var member = Of(Text)[0];
        Assert.Equal("void F() { { } }", Text[member.Start..member.End]);
    }

    [Theory]
    [InlineData("class A { void F() {")]
    [InlineData("} } class")]
    [InlineData("class A { ] ) = ; } }")]
    public void Of_BrokenCode_Ends(string text) => Assert.NotNull(Of(text));

    private static IReadOnlyList<Declaration> Of(string text) => Outline.Of(CSharpLexer.Split(text).Code);
}
