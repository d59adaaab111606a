namespace Postry.Ops.Engine.Configuration.Values;

/// <summary>The targets of notifications. Secrets are named by environment variable only.</summary>
public sealed record Notifications
{
    public IReadOnlyList<EmailTarget> Email { get; init; } = [];
    public IReadOnlyList<WebhookTarget> Webhook { get; init; } = [];
    public IReadOnlyList<EventTarget> Events { get; init; } = [];
}

/// <summary>The occasions of a notification.</summary>
public enum NotificationOccasion
{
    BackupFailed,
    BackupDone,
    TestFailed,
    RestoreFailed,
    RestoreDone,
    ObjectiveMissed,
    DiskSpace,
    DrillOverdue,
}

/// <summary>Mail.</summary>
public sealed record EmailTarget
{
    public IReadOnlyList<string> To { get; init; } = [];
    public string From { get; init; } = "";
    public string SmtpHost { get; init; } = "";
    public int SmtpPort { get; init; } = 587;
    public string? UserVariable { get; init; }
    public string? PasswordVariable { get; init; }
    public IReadOnlyList<NotificationOccasion> On { get; init; } = NotificationDefaults.Failures;
}

/// <summary>The body that a webhook gets.</summary>
public enum WebhookFormat
{
    Slack,
    Json,
}

/// <summary>An HTTP address that gets a message; it holds a secret, so the file only names the variable.</summary>
public sealed record WebhookTarget
{
    public string UrlVariable { get; init; } = "";
    public WebhookFormat Format { get; init; }
    public IReadOnlyList<NotificationOccasion> On { get; init; } = NotificationDefaults.Failures;
}

/// <summary>An event service in the manner of PagerDuty, for what did not stay a single failure.</summary>
public sealed record EventTarget
{
    public string RoutingKeyVariable { get; init; } = "";
    public string Url { get; init; } = "https://events.pagerduty.com/v2/enqueue";

    /// <summary>The number of failures in a row after which the event is sent.</summary>
    public int AfterFailures { get; init; } = 2;
    public IReadOnlyList<NotificationOccasion> On { get; init; } = NotificationDefaults.Failures;
}

internal static class NotificationDefaults
{
    public static readonly IReadOnlyList<NotificationOccasion> Failures =
        [NotificationOccasion.BackupFailed, NotificationOccasion.TestFailed, NotificationOccasion.RestoreFailed,
            NotificationOccasion.ObjectiveMissed, NotificationOccasion.DiskSpace];
}
