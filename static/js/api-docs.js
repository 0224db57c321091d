// Start Swagger UI on /api/docs: the document is ours, no validator elsewhere is asked, no token is kept.
(() => {
  "use strict";
  const place = document.getElementById("swagger");
  place.replaceChildren();
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    persistAuthorization: false,
    tryItOutEnabled: true,
  });
})();
