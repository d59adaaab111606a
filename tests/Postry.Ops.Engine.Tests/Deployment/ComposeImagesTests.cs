using Postry.Ops.Engine.Deployment;
using Postry.Ops.Engine.Tests.Support;

namespace Postry.Ops.Engine.Tests.Deployment;

/// <summary>The images of compose files as applications have them.</summary>
public sealed class ComposeImagesTests : IDisposable
{
    private readonly Workspace _work = new();

    public void Dispose() => _work.Dispose();

    /// <summary>Files that a parser could read for years. A test that hangs is named by the runner.</summary>
    [Fact]
    public void A_file_of_endless_aliases_or_braces_holds_up_no_backup()
    {
        Assert.Throws<InvalidDataException>(() => ComposeFile.Services("x-a: &a\n  <<: ["
            + string.Join(',', Enumerable.Repeat("*a", 100)) + "]\nservices:\n  web:\n    <<: *a\n"));
        Assert.Empty(ComposeFile.Services("services: " + string.Concat(Enumerable.Repeat("{a: ", 60_000)) + "x" + new string('}', 60_000)));
    }

    [Fact]
    public void A_variable_with_the_name_of_a_secret_keeps_its_name()
    {
        string[] names = ["APP_PASS", "REG_AUTH", "PGPASS", "DB_PW", "API_KEY"];
        File.WriteAllText(_work[".env"], string.Concat(names.Select(name => $"{name}=hunter2\n")));
        File.WriteAllText(_work["compose.yaml"], "services:\n"
            + string.Concat(names.Select((name, i) => $"  s{i}:\n    image: app:${{{name}}}\n")));
        AssertImages([], [.. names.Select((name, i) => $"s{i}=app:${{{name}}}")]);
    }

    [Fact]
    public void Images_are_found_in_the_forms_in_which_they_are_written()
    {
        File.WriteAllText(_work["docker-compose.yml"], """
            # image: commented:1
            version: "3.9"
            name: shop
            x-app: &app
              image: registry.example.org:5000/shop/web:2.14   # the shop
              restart: unless-stopped
            x-other: &other { image: "shop/other:1" }
            services:
              web:
                <<: *app
                command: >
                  serve
                  image: in-a-text:1
                environment:
                  image: in-a-mapping:1
                  - image: in-a-list:1
                labels:
                - "image: in-a-label:1"
              worker: *app
              several:
                <<: [*other, *app]
              own:
                <<: *app
                image: 'shop/own@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'
              "quoted":
                "image": "postgres:17-alpine" # pinned
              flow: { restart: always, image: redis:7, ports: ["6379:6379"], environment: { image: "no:1" } }
              flow-lines: {
                image: "mailhog/mailhog",
                ports: [ "1025:1025" ]
              }
              anchored:
                image: &pg postgres:16
              aliased:
                image: *pg
              built:
                build: .
              text:
                environment:
                  GREETING: "hello
                    image: in-a-quoted-text:1"
                image: busybox
            volumes:
              data:
                image: none:1
            """.ReplaceLineEndings("\r\n"));
        var other = "shop/own@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        AssertImages([], "web=registry.example.org:5000/shop/web:2.14", "worker=registry.example.org:5000/shop/web:2.14",
            "several=shop/other:1", $"own={other}", "quoted=postgres:17-alpine", "flow=redis:7", "flow-lines=mailhog/mailhog",
            "anchored=postgres:16", "aliased=postgres:16", "text=busybox");
    }

    [Fact]
    public void Variables_have_the_values_that_compose_gives_them()
    {
        File.WriteAllText(_work[".env"], """
            # TAG=0
            TAG=2.13
            export TAG="2.14" # now
            REGISTRY='registry.example.org'
            EMPTY=
            LATER=env # a remark
            SHOP_TOKEN=hush-token
            """);
        File.WriteAllText(_work["compose.yaml"], """
            services:
              plain: { image: "shop:$TAG" }
              braces: { image: "${REGISTRY}/shop:${TAG}" }
              default: { image: "shop:${NONE:-1.0}" }
              default-of-empty: { image: "shop:${EMPTY:-1.1}" }
              nested: { image: "shop:${NONE:-${ALSO_NONE:-1.2}}" }
              other: { image: "shop${TAG:+-released}:1" }
              required: { image: "shop:${TAG:?is needed}" }
              environment: { image: "shop:${LATER}" }
              unknown: { image: "shop:${NONE}" }
              unknown-too: { image: "shop:${NONE:?is needed}" }
              token: { image: "shop:${SHOP_TOKEN}" }
            """);
        AssertImages([("LATER", "shell")], "plain=shop:2.14", "braces=registry.example.org/shop:2.14", "default=shop:1.0",
            "default-of-empty=shop:1.1", "nested=shop:1.2", "other=shop-released:1", "required=shop:2.14", "environment=shop:shell",
            "unknown=shop:${NONE}", "unknown-too=shop:${NONE}", "token=shop:${SHOP_TOKEN}");
    }

    [Fact]
    public void Files_are_taken_together_as_compose_does()
    {
        File.WriteAllText(_work["docker-compose.yml"], "services:\n  web:\n    image: web:old\n  db:\n    image: postgres:17\n");
        File.WriteAllText(_work["docker-compose.override.yml"], "services:\n  web:\n    image: web:override\n");
        AssertImages([], "web=web:override", "db=postgres:17");
        // This name comes first, and the other file does not count beside it.
        File.WriteAllText(_work["compose.yaml"], "services:\n  web:\n    image: web:new\n");
        AssertImages([], "web=web:override");
        Directory.CreateDirectory(_work["deploy"]);
        File.WriteAllText(_work["deploy/prod.yml"], "services:\n  web:\n    image: web:prod\n");
        AssertImages([("COMPOSE_FILE", "docker-compose.yml:deploy/prod.yml")], "web=web:prod", "db=postgres:17");
        File.WriteAllText(_work[".env"], "COMPOSE_FILE=deploy/prod.yml\n");
        AssertImages([], "web=web:prod");
    }

    [Fact]
    public void A_secret_is_no_image_and_neither_is_half_a_name()
    {
        File.WriteAllText(_work["compose.yaml"], $$"""
            services:
              user: { image: "https://ada:hush-1@registry.example.org/shop" }
              login: { image: "ada:hush-2@registry.example.org/shop" }
              key: { image: "shop:{{Workspace.Key}}" }
              control: { image: "shop:\e[31m" }
              empty: { image: "shop:${NONE:-}" }
              good: { image: "my-token:latest" }
            """);
        var problems = new List<string>();
        var images = new ComposeImages(_work.Settings()).Read(problems);
        Assert.Equal(["good=my-token:latest"], images.Select(image => image.ToString()));
        Assert.Equal(5, problems.Count);
        Assert.DoesNotContain(problems, problem => problem.Contains("hush", StringComparison.Ordinal)
            || problem.Contains(Workspace.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("services")]
    [InlineData("services: [web, db]")]
    [InlineData("services:\n  web:\n    image: \"never closed\n  db:\n    image: postgres:17\n")]
    [InlineData("services: {")]
    [InlineData("services:\n\tweb:\n\t\timage: tabs:1\n")]
    [InlineData("a: &a\n  <<: *a\nservices:\n  web: *a\n")]
    [InlineData("services:\n  web: &w\n    <<: *w\n")]
    public void A_file_that_is_no_compose_file_has_no_images(string yaml) => Assert.Empty(ComposeFile.Services(yaml));

    private void AssertImages((string Name, string Value)[] environment, params string[] expected)
    {
        var settings = _work.Settings() with { Variable = name => environment.FirstOrDefault(pair => pair.Name == name).Value };
        var problems = new List<string>();
        Assert.Equal(expected, new ComposeImages(settings).Read(problems).Select(image => image.ToString()));
        Assert.Empty(problems);
    }
}
