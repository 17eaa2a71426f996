using Flow.Dashboard.Security;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Flow.Dashboard.Api;

/// <summary>What /api/openapi.json says beyond the addresses themselves: how to be let in, and what a change must carry.</summary>
static class ApiDocument
{
    const string Bearer = "token";

    public static void Shape(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "FlowDataPipeline",
                Version = "1",
                Description = "Studies, jobs, runs, laws, data and SQL of one store: what the pages of `flow serve` and `flow --server` use. Keys are in snake case with their units; a refusal has a message, and every mistake at its field.",
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.AddComponent<IOpenApiSecurityScheme>(Bearer, new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "FLOW_TOKEN for operators, FLOW_VIEWER_TOKEN for viewers; a server on loopback without tokens asks for none.",
            });
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (!HttpMethods.IsGet(context.Description.HttpMethod!)) Add(operation, Guard.ChangeHeader, "any value: no form and no foreign page can set it");
            var answers = operation.Responses ??= [];
            if (!answers.Keys.Any(status => status[0] is '2' or '3')) answers["200"] = new OpenApiResponse { Description = "Done" };
            if (!context.Description.RelativePath!.StartsWith("api/session", StringComparison.Ordinal))
            {
                answers["401"] = new OpenApiResponse { Description = "A token or a session is needed" };
                answers["403"] = new OpenApiResponse { Description = "The operator's role is needed, or the change lacks its header" };
            }
            return Task.CompletedTask;
        });
    }

    static void Add(OpenApiOperation operation, string header, string why)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter { Name = header, In = ParameterLocation.Header, Required = true, Description = why, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
    }

    /// <summary>What is wrong is answered with its reason, and every mistake of a spec at its field.</summary>
    public static TBuilder Refusing<TBuilder>(this TBuilder group) where TBuilder : IEndpointConventionBuilder =>
        group.WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(Refusal), ["application/json"]));
}
