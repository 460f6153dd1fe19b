namespace OrleansShards.Core.Nodes;

/// <summary>
/// A request of one node to another, or its answer. Immutable. A request may arrive late, twice or never, and carries what
/// the receiver needs to detect that (shard, epoch, term, session).
/// </summary>
/// <remarks>
/// <para>Silos and clients are upgraded one at a time, so a release understands what its predecessor sends. The rules for
/// messages and everything in them:</para>
/// <list type="bullet">
/// <item>An <c>[Alias]</c> never changes and is never reused, even if the type is renamed or removed.</item>
/// <item>An <c>[Id]</c> and the type of its field never change. An id that is no longer needed is never reused.</item>
/// <item>A field is only ever appended: an <c>init</c> property with the next id. The predecessor does not send it, so it
/// is nullable, a number or a bool, and its default means what the message meant before. The predecessor skips it.</item>
/// <item>A parameter's id stands at its property (<c>[property: Id(0)]</c>). At the parameter itself it is counted apart
/// from the properties' ids, and Orleans 10.4.2 misreads a record that has both and omits default values.</item>
/// <item>An enum keeps its numbers. The predecessor refuses a new value and a new message, definitely; a release that
/// sends one comes after a release that understands it.</item>
/// </list>
/// <para>The bases of messages are transparent to the serializer: they have no fields, and leave no trace on the wire.</para>
/// </remarks>
[SerializerTransparent]
public abstract record Message;
