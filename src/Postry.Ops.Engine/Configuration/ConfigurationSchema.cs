using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postry.Ops.Engine.Configuration.Schema;

namespace Postry.Ops.Engine.Configuration;

/// <summary>The JSON schema of postry.json, made of the description that the parser goes by.</summary>
public static class ConfigurationSchema
{
    /// <summary>The schema's file name, beside postry.json and in the module's folder "schema".</summary>
    public const string FileName = "postry.schema.json";

    /// <summary>The text of the schema (draft 7, which every editor knows).</summary>
    public static string Text
    {
        get
        {
            var schema = new JsonObject
            {
                ["$schema"] = "http://json-schema.org/draft-07/schema#",
                ["$id"] = "urn:postry-ops:postry.json:1",
                ["title"] = "postry.json",
                ["description"] =
                    "Configuration of Postry.Ops: databases, runtime files, objectives, retention, checks after a restore, and " +
                    "notifications.",
                // Visual Studio Code reads this keyword; other editors ignore it.
                ["allowComments"] = true,
                ["allowTrailingCommas"] = true,
            };
            foreach (var (name, value) in ConfigurationShape.File.Schema()) schema[name] = value?.DeepClone();
            return schema.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n", Encoder =
                JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
        }
    }
}
