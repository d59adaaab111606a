namespace Postry.Ops.Engine.IO;

/// <summary>A program cannot be started; the message is the system's reason.</summary>
internal sealed class ChildStartException(string reason, Exception? cause = null) : Exception(reason, cause);
