/**
 * A plugin of typedoc: names each entry point as people import it, `hub-core/oidc`, and not by its file.
 *
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.on('resolveBegin', ({ project }) => {
    for (const entry of project.children ?? []) {
      entry.name = `hub-${entry.name.replace(/\/src(\/index)?/, '')}`;
    }
  });
}
