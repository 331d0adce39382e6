import { isProperties, listOf, type Placed, type Properties, pathOf, shown } from './declaration.ts';
import { type Fault, fault } from './fault.ts';

/** When AS3 has an action done that does not say it. */
const USUAL_EVENTS: Readonly<Record<string, string>> = {
  drop: 'ssl-client-hello',
  forward: 'ssl-client-hello',
  httpRedirect: 'proxy-request',
  persist: 'client-accepted',
};
const REQUEST = 'request';

export function policyFaults(placed: Placed): readonly Fault[] {
  const { object } = placed;
  if (object.class !== 'Endpoint_Policy') return [];
  const path = pathOf(placed);
  const rules = listOf(object['rules']).filter(isProperties);
  const names = rules.map(({ name }) => shown(name));
  const faults = rules.flatMap((rule, i) => earlyActions(rule, `${path}/rules/${i}`));
  for (const [i, name] of names.entries())
    if (names.indexOf(name) !== i)
      faults.push(fault('rule-twice', `${path}/rules/${i}`, `there is a rule ${name} before it`));
  const fitsAll = rules.findIndex(({ conditions }) => listOf(conditions).length === 0);
  if (object['strategy'] === 'first-match' && fitsAll >= 0 && fitsAll < rules.length - 1)
    faults.push(
      fault('rule-unreachable', `${path}/rules/${fitsAll + 1}`, 'the rule before it fits every request'),
    );
  return faults;
}

/** What is done before the request is there cannot depend on it. */
function earlyActions({ conditions, actions }: Properties, path: string): Fault[] {
  const needsRequest = listOf(conditions).some(
    (condition) => isProperties(condition) && (condition['event'] ?? REQUEST) === REQUEST,
  );
  if (!needsRequest) return [];
  return listOf(actions)
    .filter(isProperties)
    .flatMap(({ type, event }, i) => {
      const when = event ?? USUAL_EVENTS[shown(type)] ?? REQUEST;
      return when === REQUEST
        ? []
        : [fault('action-too-early', `${path}/actions/${i}`, `it is done at ${shown(when)}`)];
    });
}
