// A machine on which @swc/core did not install.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('@swc/'))
      throw Object.assign(new Error('not installed'), { code: 'MODULE_NOT_FOUND' });
    return next(specifier, context);
  },
});
