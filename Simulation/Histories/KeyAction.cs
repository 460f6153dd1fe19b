namespace OrleansShards.Simulation.Histories;

/// <summary>What an operation does to one key.</summary>
public enum KeyAction
{
    /// <summary>Tells the value.</summary>
    Read,

    /// <summary>Sets the value, whatever it was.</summary>
    Write,

    /// <summary>Sets the value if it is the expected one, or if there is none and the operation may create it.</summary>
    CompareAndSet,

    /// <summary>Removes the key.</summary>
    Delete,
}
