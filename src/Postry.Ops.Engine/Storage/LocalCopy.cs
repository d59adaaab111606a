namespace Postry.Ops.Engine.Storage;

/// <summary>An artefact as files of this machine, for reading only. Disposing removes what was made for it.</summary>
/// <param name="path">Full path of the file, or of the folder with the files of a tree.</param>
/// <param name="remove">Removes them; null where they are the stored bytes themselves.</param>
internal sealed class LocalCopy(string path, Action? remove) : IDisposable
{
    /// <summary>Full path of the file or folder.</summary>
    public string Path => path;

    /// <inheritdoc/>
    public void Dispose() => remove?.Invoke();
}
