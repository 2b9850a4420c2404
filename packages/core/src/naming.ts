/** The longest module name, characters; a longer one is refused, because its Lease and Service names must fit. */
export const MAX_MODULE_NAME_LENGTH = 48;

/**
 * A name as Kubernetes takes it: lower case, every run of other characters than letters and digits one `-`,
 * none at the ends. `http_server` → `http-server`, `github.com/acme/Common` → `github-com-acme-common`.
 */
export function sanitiseName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** Whether `specModule` of a TinyNode names the module called `moduleName`. This decides ownership. */
export function isSameModule(specModule: string, moduleName: string): boolean {
  return specModule === moduleName || sanitiseName(specModule) === sanitiseName(moduleName);
}
