using Postry.Ops.Formatting;

namespace Postry.Ops.FrontEnd.Tests.Module;

public sealed class DisplayFormatTests
{
    [Theory]
    [InlineData(0L, "0 B")]
    [InlineData(999L, "999 B")]
    [InlineData(1000L, "0.98 KB")]
    [InlineData(1024L, "1.00 KB")]
    [InlineData(1536L, "1.50 KB")]
    [InlineData(10_240L, "10.0 KB")]
    [InlineData(1_048_576L, "1.00 MB")]
    [InlineData(1_073_741_824L, "1.00 GB")]
    [InlineData(157_286_400L, "150 MB")]
    [InlineData(null, "")]
    public void Sizes_have_three_digits(long? bytes, string text) => Assert.Equal(text, DisplayFormat.Size(bytes));

    [Fact]
    public void Times_are_in_UTC() =>
        Assert.Equal("2026-03-01 02:00:07Z", DisplayFormat.Time(new DateTime(2026, 3, 1, 2, 0, 7, DateTimeKind.Utc)));

    [Theory]
    [InlineData(0.0, "0 ms")]
    [InlineData(0.04, "40 ms")]
    [InlineData(12.34, "12.3 s")]
    [InlineData(59.97, "1 min 00 s")]
    [InlineData(245.0, "4 min 05 s")]
    [InlineData(7800.0, "2 h 10 min")]
    public void Durations_show_what_matters(double seconds, string text) =>
        Assert.Equal(text, DisplayFormat.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("/srv/app/app.db", 80, "/srv/app/app.db")]
    [InlineData("/srv/customers/north/app.db", 20, "...mers/north/app.db")]
    [InlineData("/srv/app.db.previous-20261128T214019Z-n9zcy9az", 30, "app.db.previou...019Z-n9zcy9az")]
    [InlineData("/srv/app.db.undone-20261128T214019Z-n9zcy9az", 30, "app.db.undone-...019Z-n9zcy9az")]
    [InlineData("files of /srv/customers/north", 22, "files of ...mers/north")]
    public void A_path_keeps_what_tells_it_from_others(string path, int room, string shown)
    {
        Assert.Equal(shown, DisplayFormat.Path(path, room + 1, 0));
        Assert.True(shown.Length <= room);
    }
}
