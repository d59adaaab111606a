namespace Postry.Ops.Engine.Tests.Support;

/// <summary>A test that judges by the stock shell of SQLite and by gunzip, as nearly all here do; where they are missing it is skipped and
/// says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StockFactAttribute : FactAttribute
{
    public StockFactAttribute() => Skip = Requirements.Missing(Requirements.Stock);
}

/// <summary>A theory that is skipped without the stock tools.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class StockTheoryAttribute : TheoryAttribute
{
    public StockTheoryAttribute() => Skip = Requirements.Missing(Requirements.Stock);
}
