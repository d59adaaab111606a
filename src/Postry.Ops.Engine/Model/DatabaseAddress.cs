using Postry.Ops.Engine.IO;

namespace Postry.Ops.Engine.Model;

/// <summary>Where a database is. Never shows a secret.</summary>
public abstract record DatabaseAddress
{
    /// <summary>The engine that the address belongs to.</summary>
    public abstract DatabaseMode Mode { get; }

    /// <summary>What plans, records and messages call the database: a full path, or a URL without user and password.</summary>
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

    /// <summary>As SQLAlchemy writes it: sqlite:////srv/app.db. A ? would begin the driver's parameters.</summary>
    public override string? Url => Name.Contains('?', StringComparison.Ordinal) ? null : $"sqlite:///{Name}";
}
