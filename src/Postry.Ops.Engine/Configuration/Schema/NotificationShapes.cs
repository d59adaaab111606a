using Postry.Ops.Engine.Configuration.Values;

namespace Postry.Ops.Engine.Configuration.Schema;

/// <summary>The notification targets of postry.json.</summary>
internal static class NotificationShapes
{
    private const string OccasionText = "The events of which the target is notified.";

    private static readonly Shape<IReadOnlyList<NotificationOccasion>> Occasions = ConfigTypes.List(
        new ChoiceShape<NotificationOccasion>(
            ("backupFailed", NotificationOccasion.BackupFailed), ("backupDone", NotificationOccasion.BackupDone),
            ("testFailed", NotificationOccasion.TestFailed),
            ("restoreFailed", NotificationOccasion.RestoreFailed), ("restoreDone", NotificationOccasion.RestoreDone),
            ("objectiveMissed", NotificationOccasion.ObjectiveMissed),
            ("diskSpace", NotificationOccasion.DiskSpace), ("drillOverdue", NotificationOccasion.DrillOverdue)),
        "occasions", least: 1);

    private static readonly ObjectShape<EmailTarget> Email = new ObjectShape<EmailTarget>(new(), "the addresses for mail")
        .Add("to", ConfigTypes.List(ConfigTypes.Text, "mail addresses", least: 1), t => t.To.Count == 0 ? null : t.To,
            (t, v) => t with { To = v },
            "The addresses that get the mail.", required: true)
        .Add("from", ConfigTypes.Text, t => NullIfEmpty(t.From), (t, v) => t with { From = v }, "The sender of the mail.", required: true)
        .Add("smtpHost", ConfigTypes.Text, t => NullIfEmpty(t.SmtpHost), (t, v) => t with { SmtpHost = v }, "The name of the mail server.",
            required: true)
        .Add("smtpPort", ConfigTypes.Number(1, 65535), t => t.SmtpPort, (t, v) => t with { SmtpPort = v }, "The port of the mail server.")
        .Add("userVariable", ConfigTypes.Variable, t => t.UserVariable, (t, v) => t with { UserVariable = v },
            "The name of the environment variable that holds the user for the mail server.")
        .Add("passwordVariable", ConfigTypes.Variable, t => t.PasswordVariable, (t, v) => t with { PasswordVariable = v },
            "The name of the environment variable that holds the password for the mail server.")
        .Add("on", Occasions, t => t.On, (t, v) => t with { On = v }, OccasionText);

    private static readonly ObjectShape<WebhookTarget> Webhook = new ObjectShape<WebhookTarget>(new(), "a webhook")
        .Add("urlVariable", ConfigTypes.Variable, t => NullIfEmpty(t.UrlVariable), (t, v) => t with { UrlVariable = v },
            "The name of the environment variable that holds the address, which is a secret itself.", required: true)
        .Add("format", new ChoiceShape<WebhookFormat>(("slack", WebhookFormat.Slack), ("json", WebhookFormat.Json)), t => t.Format,
            (t, v) => t with { Format = v }, "The body: slack is {\"text\": ...}, json is the whole record.")
        .Add("on", Occasions, t => t.On, (t, v) => t with { On = v }, OccasionText);

    private static readonly ObjectShape<EventTarget> Events = new ObjectShape<EventTarget>(new(), "an event service")
        .Add("routingKeyVariable", ConfigTypes.Variable, t => NullIfEmpty(t.RoutingKeyVariable),
            (t, v) => t with { RoutingKeyVariable = v },
            "The name of the environment variable that holds the routing key.", required: true)
        .Add("url", ConfigTypes.HttpUrl, t => t.Url, (t, v) => t with { Url = v },
            "The address that takes events in the format of PagerDuty's version 2.")
        .Add("afterFailures", ConfigTypes.Number(1, 100), t => t.AfterFailures, (t, v) => t with { AfterFailures = v },
            "The number of failures in a row after which the event is sent.")
        .Add("on", Occasions, t => t.On, (t, v) => t with { On = v }, OccasionText);

    public static readonly ObjectShape<Notifications> All = new ObjectShape<Notifications>(new(), "the targets of notifications")
        .Add("email", ConfigTypes.List(Email, "mail targets"), n => n.Email, (n, v) => n with { Email = v }, "Mail, for people.")
        .Add("webhook", ConfigTypes.List(Webhook, "webhooks"), n => n.Webhook, (n, v) => n with { Webhook = v },
            "Webhooks, for example of Slack.")
        .Add("events", ConfigTypes.List(Events, "event services"), n => n.Events, (n, v) => n with { Events = v },
            "Event services, for example PagerDuty, for escalation.");

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
