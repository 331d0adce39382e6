import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AssetId, AssetLocation, LayoutId, NodeId } from '../../src/core/index.ts';
import type { ColumnRegister } from '../../src/vault/index.ts';

export interface ColumnRegisterFixture extends AsyncDisposable {
  /** Knows one asset, of whose columns at least the first is named. */
  readonly register: ColumnRegister;
  readonly asset: AssetLocation;
  /** What the register is after its server was killed and started again. */
  restart(): Promise<ColumnRegister>;
}

/** What every register does; on it rests that nobody erases a copy that counts. */
export function describeColumnRegister(name: string, open: () => Promise<ColumnRegisterFixture>): void {
  describe(`${name} as a register of columns`, () => {
    let fixture: ColumnRegisterFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    const elsewhere = 'e'.repeat(32) as NodeId;
    const copyAt = (nodeId: NodeId, layoutId?: LayoutId) => ({
      assetId: fixture.asset.assetId,
      layoutId: layoutId ?? fixture.asset.layoutId,
      column: 0,
      nodeId,
    });
    const home = (): NodeId => fixture.asset.columnNodes[0] as NodeId;

    it('lets nobody claim a copy that counts, nor one that another has claimed', async () => {
      using first = fixture.register.enter();
      using second = fixture.register.enter();
      expect(await first.claim([copyAt(home()), copyAt(elsewhere)])).toEqual([copyAt(elsewhere)]);
      expect(await first.claim([copyAt(elsewhere)])).toEqual([copyAt(elsewhere)]);
      expect(await second.claim([copyAt(elsewhere)])).toEqual([]);
      await second.release([copyAt(elsewhere)]);
      expect(await second.claim([copyAt(elsewhere)])).toEqual([]);
      await first.release([copyAt(elsewhere)]);
      expect(await second.claim([copyAt(elsewhere)])).toEqual([copyAt(elsewhere)]);
    });

    it('names a copy only for the one who has claimed it, who then has the other', async () => {
      using first = fixture.register.enter();
      using second = fixture.register.enter();
      const { assetId, layoutId } = fixture.asset;
      const column = { assetId, layoutId, column: 0 };
      expect(await first.move(column, home(), elsewhere)).toBe(false);
      await first.claim([copyAt(elsewhere)]);
      expect(await second.move(column, home(), elsewhere)).toBe(false);
      expect(await first.move(column, elsewhere, elsewhere)).toBe(false);
      expect(await first.move(column, home(), elsewhere)).toBe(true);
      expect((await fixture.register.locate(assetId))?.columnNodes[0]).toBe(elsewhere);
      expect(await second.claim([copyAt(home())])).toEqual([]);
      expect(await second.claim([copyAt(elsewhere)])).toEqual([]);
      expect(await first.claim([copyAt(home())])).toEqual([copyAt(home())]);
    });

    it('switches a layout once, and claims what it was', async () => {
      using first = fixture.register.enter();
      using second = fixture.register.enter();
      const { assetId, layoutId } = fixture.asset;
      const layouts = ['1', '2'].map((digit) => digit.repeat(32) as LayoutId);
      const to = (layout: LayoutId) => ({
        layoutId: layout,
        policy: { k: 1, m: 0 },
        columnNodes: [elsewhere],
        storedBytes: 5,
      });
      const [one, two] = layouts as [LayoutId, LayoutId];
      await first.claim([copyAt(elsewhere, one)]);
      await second.claim([copyAt(elsewhere, two)]);
      expect(await first.switchLayout(assetId, layoutId, to(two))).toBe(false);
      expect(await first.switchLayout(assetId, layoutId, to(one))).toBe(true);
      expect(await second.switchLayout(assetId, layoutId, to(two))).toBe(false);
      expect(await fixture.register.locate(assetId)).toMatchObject({
        layoutId: one,
        policy: { k: 1, m: 0 },
        columnNodes: [elsewhere],
        header: fixture.asset.header,
      });
      expect(await second.claim([copyAt(home())])).toEqual([]);
      expect(await first.claim([copyAt(home())])).toEqual([copyAt(home())]);
    });

    it('hands on what a killed worker had claimed, and nothing of one that lives', async () => {
      using living = fixture.register.enter();
      {
        using ended = fixture.register.enter();
        await ended.claim([copyAt(elsewhere)]);
        expect(await living.inherit()).toEqual([]);
      }
      expect(await living.inherit()).toEqual([copyAt(elsewhere)]);
      expect(await living.inherit()).toEqual([]);
      const again = await fixture.restart();
      using heir = again.enter();
      expect(await heir.inherit()).toEqual([copyAt(elsewhere)]);
      expect(await heir.claim([copyAt(elsewhere)])).toEqual([copyAt(elsewhere)]);
    });

    it('knows nothing of an asset that is not there', async () => {
      using worker = fixture.register.enter();
      const unknown = { ...copyAt(elsewhere), assetId: 'f'.repeat(32) as AssetId };
      expect(await fixture.register.locate(unknown.assetId)).toBeUndefined();
      expect(await worker.claim([unknown])).toEqual([]);
    });
  });
}
