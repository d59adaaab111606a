using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Model;

/// <summary>The address of a database. Its text never shows a secret.</summary>
public abstract record DatabaseAddress
{
    /// <summary>The engine that the address belongs to.</summary>
    public abstract DatabaseMode Mode { get; }

    /// <summary>The name of the database in plans, records and messages: a full path, or a URL without user and password.</summary>
    public abstract string Name { get; }

    /// <summary>The address as a URL that other programs understand, without a password; null where there is no such URL.</summary>
    public virtual string? Url => null;

    /// <inheritdoc/>
    public sealed override string ToString() => Name;
}

/// <summary>The file of an SQLite database.</summary>
/// <param name="Path">Full or relative path.</param>
public sealed record SqliteAddress(string Path) : DatabaseAddress
{
    /// <inheritdoc/>
    public override DatabaseMode Mode => DatabaseMode.Sqlite;

    /// <summary>The full path with every link resolved: what locks and identities go by.</summary>
    public override string Name => Files.RealPath(Path);

    /// <summary>The URL in the form of SQLAlchemy: sqlite:////srv/app.db. A ? would begin the driver's parameters.</summary>
    public override string? Url => Name.Contains('?', StringComparison.Ordinal) ? null : $"sqlite:///{Name}";
}
