using System;
using System.Net;
using System.Text;
using System.Threading.Tasks;

namespace PostryTests
{
    /// <summary>
    /// A small application as an operator has it: a back end over a SQLite database, with a health address, posts and a monitoring
    /// summary that needs a token; and a front end, whose page names a script. Each request opens the database anew.
    /// </summary>
    public sealed class Application
    {
        private readonly string _database;
        private readonly string _token;

        public Application(string database, string token)
        {
            _database = database;
            _token = token;
        }

        /// <summary>Serves both until the process ends.</summary>
        public void Run(int backEnd, int frontEnd) =>
            Task.WaitAll(ServeAsync(backEnd, AnswerBackEnd), ServeAsync(frontEnd, AnswerFrontEnd));

        private static async Task ServeAsync(int port, Func<HttpListenerRequest, (int Status, string Type, string Body)> answer)
        {
            using var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            listener.Start();
            while (true)
            {
                var context = await listener.GetContextAsync();
                try
                {
                    var found = Answered(answer, context.Request);
                    context.Response.StatusCode = found.Status;
                    context.Response.ContentType = found.Type;
                    context.Response.Close(Encoding.UTF8.GetBytes(found.Body), willBlock: true);
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
                {
                    // The client did not wait for the answer.
                }
            }
        }

        // An application without its database answers 500, as it would in production.
        private static (int Status, string Type, string Body) Answered(
            Func<HttpListenerRequest, (int Status, string Type, string Body)> answer, HttpListenerRequest request)
        {
            try
            {
                return answer(request);
            }
            catch (InvalidOperationException e)
            {
                return (500, "text/plain", e.Message);
            }
        }

        private (int, string, string) AnswerBackEnd(HttpListenerRequest request) => request.Url.AbsolutePath switch
        {
            "/health" => Query("SELECT count(*) FROM users")[0] == "0" ? (500, "text/plain", "nobody can log in")
                : (200, "text/plain", "ok"),
            "/posts" => (200, "application/json", $"{{\"count\":{Query("SELECT count(*) FROM posts")[0]}}}"),
            "/v1/ops/monitoring/operational-summary" => request.Headers["Authorization"] == "Bearer " + _token
                ? (200, "application/json", Summary()) : (401, "text/plain", "no token"),
            _ => (404, "text/plain", "not here"),
        };

        private static (int, string, string) AnswerFrontEnd(HttpListenerRequest request) => request.Url.AbsolutePath switch
        {
            "/" => (200, "text/html", "<!doctype html><title>Posts</title><script src=\"/app.js\"></script><h1>Welcome</h1>"),
            "/app.js" => (200, "text/javascript", "document.title = 'Posts';"),
            _ => (404, "text/plain", "not here"),
        };

        // An old alert is always there; a database without posts raises a new one.
        private string Summary() =>
            "{\"data\":{\"window\":\"24h\",\"requests_total\":1000,\"errors_5xx_total\":2,\"quota_exceeded_total\":0,\"alerts\":["
            + "{\"id\":\"certificate\",\"severity\":\"critical\",\"message\":\"The certificate of the mail server has expired.\"}"
            + (Query("SELECT count(*) FROM posts")[0] == "0"
                ? ",{\"id\":\"no-posts\",\"severity\":\"critical\",\"message\":\"There are no posts.\"}" : "")
            + "]},\"meta\":{}}";

        private string[] Query(string sql) => Sqlite.Query(_database, sql);
    }
}
