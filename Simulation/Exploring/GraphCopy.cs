using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;

namespace OrleansShards.Simulation.Exploring;

/// <summary>
/// Copies everything that can be reached from an object, field by field and whatever its type, so that nothing is forgotten when a node
/// gets a further field: original and copy can go on independently.
/// </summary>
/// <remarks>
/// What nobody can change is shared: where all fields, and theirs in turn, are read-only, as in messages and in immutable collections.
/// The bytes that a <see cref="ReadOnlyMemory{T}"/> refers to are never changed, either. A hash table keeps its layout; one whose keys hash
/// by identity cannot be copied so.
/// </remarks>
internal sealed class GraphCopy
{
    private static readonly Func<object, object> Clone = typeof(object)
        .GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!
        .CreateDelegate<Func<object, object>>();

    private static readonly ConcurrentDictionary<Type, Func<object, GraphCopy, object>> Copiers = [];
    private static readonly ConcurrentDictionary<Type, bool> Immutables = [];

    private static readonly Lazy<Type[]> OwnTypes = new(static () =>
    [
        .. AppDomain.CurrentDomain.GetAssemblies().Where(IsOwn).SelectMany(static assembly => assembly.GetTypes()),
    ]);

    private readonly Dictionary<object, object> _copies = new(1_024, ReferenceEqualityComparer.Instance);
    private readonly ImmutableHashSet<Type> _shared;

    private GraphCopy(ImmutableHashSet<Type> shared) => _shared = shared;

    private delegate void Fixer<T>(ref T value, GraphCopy copy);

    /// <summary>A copy of an object and of all that it refers to, but for objects of types that are to be shared.</summary>
    internal static T Of<T>(T original, ImmutableHashSet<Type> shared)
        where T : class => (T)new GraphCopy(shared).Copied(original)!;

    // Whether no object of this type, and none that it refers to, can change.
    private static bool IsImmutable(Type type) => Immutables.TryGetValue(type, out bool known)
        ? known
        : Immutables[type] = IsImmutable(type, []);

    private object? Copied(object? original)
    {
        if (original is null || original is string)
            return original;

        if (_copies.TryGetValue(original, out object? copy))
            return copy;

        Type type = original.GetType();
        return _shared.Contains(type) ? original : Copiers.GetOrAdd(type, CopierOf)(original, this);
    }

    private static Func<object, GraphCopy, object> CopierOf(Type type)
    {
        if (IsImmutable(type))
            return static (original, _) => original;

        if (type.IsAssignableTo(typeof(Delegate)))
            return static (original, copy) => CopyDelegate((Delegate)original, copy);

        CheckKeys(type);
        Type filled = type.IsArray ? typeof(Elements<>).MakeGenericType(type.GetElementType()!) : typeof(Whole<>).MakeGenericType(type);
        return filled.GetMethod("Copy", BindingFlags.Static | BindingFlags.NonPublic)!.CreateDelegate<Func<object, GraphCopy, object>>();
    }

    private static object CopyDelegate(Delegate code, GraphCopy copy)
    {
        if (!code.HasSingleTarget)
            throw new NotSupportedException($"{code.Method} is one of several targets of a delegate");

        // What it refers to may refer to it: then it has been copied meanwhile.
        object? target = copy.Copied(code.Target);
        if (copy._copies.TryGetValue(code, out object? known))
            return known;

        Delegate copied = target == code.Target ? code : code.Method.CreateDelegate(code.GetType(), target);
        copy._copies.Add(code, copied);
        return copied;
    }

    private static void CheckKeys(Type type)
    {
        Type? open = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (open != typeof(Dictionary<,>) && open != typeof(HashSet<>))
            return;

        Type key = type.GetGenericArguments()[0];
        if (key.IsClass && key != typeof(object) && key.GetMethod(nameof(GetHashCode), [])!.DeclaringType == typeof(object))
            throw new NotSupportedException($"{type} cannot be copied: its keys hash by identity");
    }

    private static bool IsImmutable(Type type, HashSet<Type> assumed)
    {
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || type == typeof(ReadOnlyMemory<byte>)
            || type.IsAssignableTo(typeof(MemberInfo)) || IsComparer(type))
        {
            return true;
        }

        if (type.IsArray || type.IsInterface || type == typeof(object) || type.IsPointer || type.IsAssignableTo(typeof(Delegate)))
            return false;

        if (Immutables.TryGetValue(type, out bool known))
            return known;

        // A type that refers to itself is immutable if all else is.
        if (!assumed.Add(type))
            return true;

        if (type.Namespace == typeof(ImmutableArray).Namespace)
            return type.GetGenericArguments().All(argument => IsImmutable(argument, assumed));

        bool hasDerived = type is { IsValueType: false, IsSealed: false };
        if (hasDerived && !(IsOwn(type.Assembly) && Derived(type).All(one => IsImmutable(one, assumed))))
            return false;

        return GraphDigest.FieldsOf(type).All(field => (field.IsInitOnly || type.IsValueType) && IsImmutable(field.FieldType, assumed));
    }

    private static bool IsComparer(Type type) => !IsOwn(type.Assembly) && type.GetInterfaces().Any(static one => one.IsGenericType
        && (one.GetGenericTypeDefinition() == typeof(IComparer<>) || one.GetGenericTypeDefinition() == typeof(IEqualityComparer<>)));

    private static bool IsOwn(Assembly assembly) => assembly.GetName().Name!.StartsWith("OrleansShards", StringComparison.Ordinal);

    private static IEnumerable<Type> Derived(Type type) => OwnTypes.Value.Where(one => one != type && one.IsAssignableTo(type));

    // Objects: a shallow copy, in which each field that refers to what can change gets the copy of that.
    private static class Whole<T>
    {
        internal static object Copy(object original, GraphCopy copy)
        {
            object copied = Clone(original);
            copy._copies.Add(original, copied);
            if (Fields<T>.Fix is { } fix)
            {
                T value = (T)copied;
                fix(ref value, copy);
                if (typeof(T).IsValueType)
                    copied = copy._copies[original] = value!;
            }

            return copied;
        }
    }

    private static class Elements<T>
    {
        private static readonly bool IsShared = IsImmutable(typeof(T));

        internal static T[] Copy(object original, GraphCopy copy)
        {
            if (original is not T[] elements)
                throw new NotSupportedException($"{original.GetType()} cannot be copied: it has more than one dimension");

            // There is one empty array of a type, mostly.
            if (elements.Length == 0)
                return elements;

            T[] copied = (T[])elements.Clone();
            copy._copies.Add(original, copied);
            for (int number = 0; !IsShared && number < copied.Length; number++)
                Fields<T>.FixValue(ref copied[number], copy);

            return copied;
        }
    }

    private static class Fields<T>
    {
        /// <summary>Lets the fields of an object that was copied refer to copies; null if none of them refers to what can change.</summary>
        internal static readonly Fixer<T>? Fix = Emit();

        /// <summary>The same of a value that stands in a field or an array: a reference, or the fields of a structure.</summary>
        internal static void FixValue(ref T value, GraphCopy copy)
        {
            if (!typeof(T).IsValueType)
                value = (T)copy.Copied(value)!;
            else
                Fix?.Invoke(ref value, copy);
        }

        private static Fixer<T>? Emit()
        {
            FieldInfo[] fields = [.. GraphDigest.FieldsOf(typeof(T)).Where(static field => !IsImmutable(field.FieldType))];
            if (fields.Length == 0)
                return null;

            DynamicMethod method = new("Fix", null, [typeof(T).MakeByRefType(), typeof(GraphCopy)], typeof(GraphCopy).Module, true);
            ILGenerator code = method.GetILGenerator();
            foreach (FieldInfo field in fields)
            {
                code.Emit(OpCodes.Ldarg_0);
                if (!typeof(T).IsValueType)
                    code.Emit(OpCodes.Ldind_Ref);

                code.Emit(OpCodes.Ldflda, field);
                code.Emit(OpCodes.Ldarg_1);
                code.Emit(OpCodes.Call, typeof(Fields<>).MakeGenericType(field.FieldType)
                    .GetMethod(nameof(FixValue), BindingFlags.Static | BindingFlags.NonPublic)!);
            }

            code.Emit(OpCodes.Ret);
            return method.CreateDelegate<Fixer<T>>();
        }
    }
}
